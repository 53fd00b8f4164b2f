--[[ Drain a worker: it ticks no more, and its visitors move to other workers while it still responds to them.

Guarantees
  A drained worker does not count as lost (see admit.lua). Repeats change nothing.

KEYS[1] meta      hash
ARGV[1] worker

Returns {code}
  code 0 unknown worker    1 done
Time    none
Cost    O(workers), 2 commands ]]

local stored = redis.call('HGET', KEYS[1], 'workers')
local workers = cjson.decode(stored or '{}')
if not workers[ARGV[1]] then return { 0 } end
workers[ARGV[1]] = nil
redis.call('HSET', KEYS[1], 'workers', cjson.encode(workers))
return { 1 }
