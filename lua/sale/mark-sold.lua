--[[ Show the seats of a confirmed reservation as sold.

Guarantees
  A seat with a larger fence is unchanged unless its hold has expired, so a late call cannot undo a later hold.
  A purchase clears the account's count of holds.

KEYS[1] seats    hash seat -> end ms (0: sold) : fence : reservation
KEYS[2] sale     hash: version; user -> window start ms : holds in it : end of the live hold ms : its reservation
ARGV[1] reservation   ARGV[2] fence   ARGV[3] user   ARGV[4..] seats, 1 to 20

Returns {code, marked}
  code 0 done
Time    the server's TIME decides which holds have expired
Cost    O(seats), 5 commands ]]

-- include shared/now

local now = now_ms()
local reservation, fence, user = ARGV[1], ARGV[2], ARGV[3]
local seats = {}
for i = 4, #ARGV do seats[#seats + 1] = ARGV[i] end
local fields = {}
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(seats))) do
  local ends, held_fence = string.match(value or '', '^(%d+):(%d+):')
  local is_over = ends and ends ~= '0' and tonumber(ends) <= now
  if not ends or is_over or tonumber(held_fence) <= tonumber(fence) then
    fields[#fields + 1] = seats[i]
    fields[#fields + 1] = '0:' .. fence .. ':' .. reservation
  end
end
if #fields > 0 then
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('HINCRBY', KEYS[2], 'version', 1)
end
redis.call('HDEL', KEYS[2], user)
return { 0, #fields / 2 }
