--[[ Release the seats of a reservation that has ended, and its account's live hold.

Guarantees
  Releases only seats that still show this reservation, so a late or repeated call is harmless.
  The account's count of unpaid holds stays: a release does not undo the cool-down.

KEYS[1] seats    hash seat -> end ms (0: sold) : fence : reservation
KEYS[2] sale     hash: version; user -> window start ms : holds in it : end of the live hold ms : its reservation
ARGV[1] reservation   ARGV[2] user   ARGV[3..] seats, 1 to 20

Returns {code, freed}
  code 0 done
Time    none
Cost    O(seats), 5 commands ]]

local reservation, user = ARGV[1], ARGV[2]
local seats = {}
for i = 3, #ARGV do seats[#seats + 1] = ARGV[i] end
local freed = {}
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(seats))) do
  if value and string.match(value, '^%d+:%d+:(.+)$') == reservation then freed[#freed + 1] = seats[i] end
end
local buyer = redis.call('HGET', KEYS[2], user)
if #freed > 0 then
  redis.call('HDEL', KEYS[1], unpack(freed))
  redis.call('HINCRBY', KEYS[2], 'version', 1)
end
if buyer then
  local started, count, _, live = string.match(buyer, '^(%d+):(%d+):(%d+):(.*)$')
  if live == reservation then redis.call('HSET', KEYS[2], user, started .. ':' .. count .. ':0:' .. live) end
end
return { 0, #freed }
