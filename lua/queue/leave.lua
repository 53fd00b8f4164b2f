--[[ Leave the line, or end a visit: the place is free at once.

Guarantees
  Afterwards the user is nowhere: not waiting, not parked, not inside. The admission stays known, so that its entry token
  does not put the holder inside again. Repeats change nothing.

KEYS[1] waiting   zset user -> score           KEYS[2] parked    zset user -> score (silent, place kept)
KEYS[3] seen      zset user -> due ms          KEYS[4] active    zset user -> expiry ms
ARGV[1] user

Returns {code}
  code 0 was nowhere    1 left the line    2 left the inside
Time    none
Cost    O(log n) ]]

local user = ARGV[1]
local in_line = redis.call('ZREM', KEYS[1], user) + redis.call('ZREM', KEYS[2], user)
redis.call('ZREM', KEYS[3], user)
local was_inside = redis.call('ZREM', KEYS[4], user)

if was_inside == 1 then return { 2 } end
if in_line > 0 then return { 1 } end
return { 0 }
