--[[ Write seats from DynamoDB to a server that lost its data: held until an end, or sold.

Guarantees
  A seat with a larger fence is unchanged unless its hold has expired, and a sold seat is never shown as held: later
  changes stay. Repeats change nothing. The account's live hold is stored again, so it cannot take a second one. A sale
  that ended this hold clears the account's count, as a purchase does (lua/sale/mark-sold.lua).

KEYS[1] seats    hash seat -> end ms (0: sold) : fence : reservation
KEYS[2] sale     hash: version; user -> window start ms : holds in it : end of the live hold ms : its reservation
ARGV[1] end_ms, 0: sold   ARGV[2] reservation   ARGV[3] fence   ARGV[4] user   ARGV[5..] seats, 1 to 20

Returns {code, shown}
  code 0 done
Time    the server's TIME decides which holds have expired, and begins the account's window of holds
Cost    O(seats), 6 commands ]]

-- include shared/now

local now = now_ms()
local end_ms, reservation, fence, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local seats = {}
for i = 5, #ARGV do seats[#seats + 1] = ARGV[i] end
local fields = {}
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(seats))) do
  local ends, held_fence = string.match(value or '', '^(%d+):(%d+):')
  local is_over = ends and ends ~= '0' and tonumber(ends) <= now and tonumber(held_fence) ~= tonumber(fence)
  local is_older = not ends or is_over or tonumber(held_fence) < tonumber(fence)
  local is_same = ends and tonumber(held_fence) == tonumber(fence)
  if is_older or (is_same and ends ~= '0' and ends ~= end_ms) then
    fields[#fields + 1] = seats[i]
    fields[#fields + 1] = end_ms .. ':' .. fence .. ':' .. reservation
  end
end
local known = redis.call('HGET', KEYS[2], user)
if #fields > 0 then
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('HINCRBY', KEYS[2], 'version', 1)
end
if end_ms == '0' then
  if known and string.match(known, '^%d+:%d+:%d+:(.*)$') == reservation then redis.call('HDEL', KEYS[2], user) end
elseif not known and tonumber(end_ms) > now then
  redis.call('HSET', KEYS[2], user, string.format('%.0f:1:%s:%s', now, end_ms, reservation))
end
return { 0, #fields / 2 }
