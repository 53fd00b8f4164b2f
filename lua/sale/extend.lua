--[[ Extend a hold that still has all its seats, after its reservation was extended.

Guarantees
  Extends all seats of the hold or none. A hold that lost a seat, or has another fence, is not extended.

KEYS[1] seats    hash seat -> end ms (0: sold) : fence : reservation
KEYS[2] sale     hash: version; user -> window start ms : holds in it : end of the live hold ms : its reservation
ARGV[1] end_ms   ARGV[2] reservation   ARGV[3] fence   ARGV[4] user   ARGV[5..] seats, 1 to 20

Returns {code}
  code 0 extended    -1 the hold has lost a seat or has another fence
Time    none: the end comes from the reservation
Cost    O(seats), 5 commands ]]

local end_ms, reservation, fence, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local seats = {}
for i = 5, #ARGV do seats[#seats + 1] = ARGV[i] end
local mine = ':' .. fence .. ':' .. reservation
local fields = {}
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(seats))) do
  if not value or string.match(value, '^%d+(:.+)$') ~= mine then return { -1 } end
  fields[2 * i - 1] = seats[i]
  fields[2 * i] = end_ms .. mine
end
local buyer = redis.call('HGET', KEYS[2], user)
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('HINCRBY', KEYS[2], 'version', 1)
if buyer then
  local started, count, _, live = string.match(buyer, '^(%d+):(%d+):(%d+):(.*)$')
  if live == reservation then
    redis.call('HSET', KEYS[2], user, started .. ':' .. count .. ':' .. end_ms .. ':' .. live)
  end
end
return { 0 }
