--[[ Return the state of up to 1,000 seats, one digit each.

Guarantees
  The digits are of one instant. Each call renews the lifetime of the sale's keys; without calls they expire.

KEYS[1] seats    hash seat -> end ms (0: sold) : fence : reservation
KEYS[2] sale     hash: full (run id of the server whose seats are complete), version
ARGV[1] keys_ttl_ms      ARGV[2..] seats, 1 to 1,000

Returns {code, now_ms, version, digits: 0 available 1 locked 2 reserved, earliest end ms of a hold or 0}
  code 0 done    -1 the rebuild is not finished (lua/sale/finish-rebuild.lua): taken seats may show as available
Time    the server's TIME decides which holds have expired
Cost    O(seats), 6 commands ]]

local SEATS_MAX = 1000

-- include shared/now

local now = now_ms()
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local meta = redis.call('HMGET', KEYS[2], 'full', 'version')
local seats = {}
for i = 2, math.min(#ARGV, SEATS_MAX + 1) do seats[#seats + 1] = ARGV[i] end
local digits, earliest = {}, 0
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(seats))) do
  local ends = value and tonumber(string.match(value, '^(%d+):'))
  if not ends then
    digits[i] = '0'
  elseif ends == 0 then
    digits[i] = '2'
  elseif ends > now then
    digits[i] = '1'
    if earliest == 0 or ends < earliest then earliest = ends end
  else
    digits[i] = '0'
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return { meta[1] == run and 0 or -1, now, tonumber(meta[2] or 0), table.concat(digits), earliest }
