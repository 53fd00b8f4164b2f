--[[ Set the limit of shoppers inside, or read it together with the totals.

Guarantees
  An older version never overwrites a newer one, so a worker with a stale copy of the event cannot undo an organizer's
  change. A lower limit sends nobody away: nobody is admitted until fewer are inside. 0 admits nobody.
  Expiries use the line's clock (see admit.lua).

KEYS[1] waiting   zset user -> score           KEYS[2] active    zset user -> expiry ms
KEYS[3] meta      hash
ARGV[1] limit, or '' to read                   ARGV[2] limit_version, the revision of the event just written
ARGV[3] unpaused_limit, the limit without a pause: entry tokens may fill it again after a loss of data

Returns {code, now_ms, inside, limit, waiting}
  code 0 done    -1 a newer version is stored    limit -1 not known yet
Time    the server's TIME, so that workers' clocks do not matter
Cost    O(log n) ]]

-- include queue/shared/clock

local now = now_ms()
local stored = redis.call('HMGET', KEYS[3], 'limit', 'limit_version', 'heard', 'heard_from', 'heard_gap')
local limit = tonumber(stored[1] or -1)
local code = 0
if ARGV[1] ~= '' then
  if tonumber(ARGV[2]) >= tonumber(stored[2] or 0) then
    limit = tonumber(ARGV[1])
    redis.call('HSET', KEYS[3], 'limit', limit, 'limit_version', ARGV[2], 'limit_look', now, 'most', ARGV[3])
  else
    code = -1
  end
end
local line_now = line_clock_ms(now, tonumber(stored[3]), tonumber(stored[4]), stored[5])
local inside = redis.call('ZCOUNT', KEYS[2], '(' .. line_now, '+inf')

return { code, now, inside, limit, redis.call('ZCARD', KEYS[1]) }
