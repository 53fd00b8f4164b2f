--[[ Shorten the visit of a shopper whose page was closed. The visit ends soon, unless the shopper polls again.

Guarantees
  A visit is never lengthened here, and the next poll restores its whole time. A shopper who holds seats keeps the time,
  because the page may have been left for the payment provider's.
  Expiries use the line's clock (see admit.lua).

KEYS[1] active    zset user -> expiry ms       KEYS[2] admitted  hash user -> c(alled) or i(nside) and the admission id
KEYS[3] meta      hash
KEYS[4] sale      hash: user -> window start ms : holds in it : end of the live hold ms : its reservation (see hold.lua)
ARGV[1] user      ARGV[2] away_ms, time left of the visit

Returns {code}
  code 0 is not inside    1 shortened, or short already    2 holds seats
Time    the server's TIME, so that workers' clocks do not matter
Cost    O(log n), 6 commands ]]

-- include queue/shared/clock

local user = ARGV[1]
local now = now_ms()
local meta = redis.call('HMGET', KEYS[3], 'heard', 'heard_from', 'heard_gap')
local line_now = line_clock_ms(now, tonumber(meta[1]), tonumber(meta[2]), meta[3])
local expiry = tonumber(redis.call('ZSCORE', KEYS[1], user) or 0)
local is_inside = string.sub(redis.call('HGET', KEYS[2], user) or '', 1, 1) == 'i'
if expiry <= line_now or not is_inside then return { 0 } end

local live_end = string.match(redis.call('HGET', KEYS[4], user) or '', '^%d+:%d+:(%d+):')
if tonumber(live_end or 0) > now then return { 2 } end
redis.call('ZADD', KEYS[1], math.min(expiry, line_now + tonumber(ARGV[2])), user)
return { 1 }
