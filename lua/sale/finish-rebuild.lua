--[[ End a rebuild: mark this server's seats as complete.

Guarantees
  Counts only on the server on which the rebuild began. On another one the rebuild is void.

KEYS[1] sale     hash: full, the run id of the server whose seats are complete
KEYS[2] lease    string: the worker that has the turn
ARGV[1] run id at the beginning   ARGV[2] worker

Returns {code}
  code 0 done    -1 this is another server
Time    none
Cost    O(1), 4 commands ]]

if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= ARGV[1] then return { -1 } end
redis.call('HSET', KEYS[1], 'full', ARGV[1])
return { 0 }
