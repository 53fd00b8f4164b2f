--[[ Return the reservation that this server shows for each seat.

Guarantees
  Writes nothing.

KEYS[1] seats    hash seat -> end ms (0: sold) : fence : reservation
ARGV[1..] seats, 1 to 1,000

Returns {code, then the value of each seat or ''}
  code 0 done
Time    none
Cost    O(seats), 1 command ]]

local SEATS_MAX = 1000

local seats = {}
for i = 1, math.min(#ARGV, SEATS_MAX) do seats[i] = ARGV[i] end
local reply = { 0 }
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(seats))) do reply[i + 1] = value or '' end
return reply
