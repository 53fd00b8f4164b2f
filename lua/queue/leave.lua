--[[ Leave the line, or end a visit: the place is free at once.

Guarantees
  Afterwards the user is neither waiting nor parked nor inside. The admission stays known, so that its entry token does not
  admit the holder again. Repeats change nothing.

KEYS[1] waiting   zset user -> score           KEYS[2] parked    zset user -> score (poll overdue, place kept)
KEYS[3] due       zset user -> due ms          KEYS[4] active    zset user -> expiry ms
ARGV[1] user

Returns {code}
  code 0 had no place    1 left the line    2 was inside and left
Time    none
Cost    O(log n) ]]

local user = ARGV[1]
local in_line = redis.call('ZREM', KEYS[1], user) + redis.call('ZREM', KEYS[2], user)
redis.call('ZREM', KEYS[3], user)
local was_inside = redis.call('ZREM', KEYS[4], user)

if was_inside == 1 then return { 2 } end
if in_line > 0 then return { 1 } end
return { 0 }
