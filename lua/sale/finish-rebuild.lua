--[[ This server has been told everything that durable storage says.

Guarantees
  Counts only for the server that was there when the telling began: if another answers now, the telling is void.

KEYS[1] sale     hash: full, the run id of the server that knows everything
KEYS[2] lease    string: the worker whose turn it is
ARGV[1] run id at the beginning   ARGV[2] worker

Returns {code}
  code 0 done    -1 another server than at the beginning
Time    none
Cost    O(1), 4 commands ]]

if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= ARGV[1] then return { -1 } end
redis.call('HSET', KEYS[1], 'full', ARGV[1])
return { 0 }
