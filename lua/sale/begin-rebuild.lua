--[[ Take the turn to write the seats of DynamoDB to this server, for a rebuild or a repair.

Guarantees
  One worker has the turn at a time, for at most lease_ms, also when it dies.

KEYS[1] lease    string: the worker that has the turn
ARGV[1] worker   ARGV[2] lease_ms

Returns {code, run id of this server}
  code 0 this worker has the turn    1 another worker has it
Time    the server's own, for the lease
Cost    O(1), 2 commands ]]

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return { 0, run } end
return { 1, run }
