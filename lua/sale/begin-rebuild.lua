--[[ Take the turn to tell this server what durable storage says.

Guarantees
  One worker has the turn at a time, for lease_ms at the most: a worker that dies does not keep it.

KEYS[1] lease    string: the worker whose turn it is
ARGV[1] worker   ARGV[2] lease_ms

Returns {code, run id of this server}
  code 0 it is your turn    1 it is somebody else's
Time    the server's own, for the lease
Cost    O(1), 2 commands ]]

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return { 0, run } end
return { 1, run }
