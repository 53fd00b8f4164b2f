--[[ Remove visitors who have not polled for too long, and renew the lifetime of the line's keys.

Guarantees
  A visitor loses the place only when the poll is overdue by forget_ms on the line's clock (see admit.lua). A call checks
  at most count_max visitors; the caller repeats while it gets that many. Expired visits are left to admit.lua. The keys
  of a line without sweeps expire.

KEYS[1] waiting   zset user -> score           KEYS[2] parked    zset user -> score (poll overdue, place kept)
KEYS[3] due       zset user -> due ms          KEYS[4] active    zset user -> expiry ms
KEYS[5] admitted  hash                         KEYS[6] arrived   set
KEYS[7] meta      hash                         KEYS[8] pace      hash
KEYS[9] outbox    stream
ARGV[1] forget_ms        ARGV[2] count_max, <= 5000              ARGV[3] keys_ttl_ms, lifetime of a line without sweeps

Returns {code, checked, forgotten}
  code 0 done
Time    the server's TIME, so that workers' clocks do not matter
Cost    O(count_max x log n) ]]

-- include queue/shared/clock

local meta = redis.call('HMGET', KEYS[7], 'heard', 'heard_from', 'heard_gap')
local line_now = line_clock_ms(now_ms(), tonumber(meta[1]), tonumber(meta[2]), meta[3])
local count_max = tonumber(ARGV[2])
local overdue = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', line_now - tonumber(ARGV[1]), 'LIMIT', 0, count_max)
local forgotten = 0
if #overdue > 0 then
  forgotten = redis.call('ZREM', KEYS[1], unpack(overdue)) + redis.call('ZREM', KEYS[2], unpack(overdue))
  redis.call('ZREM', KEYS[3], unpack(overdue))
end
local keys = { KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9] }
for _, key in ipairs(keys) do redis.call('PEXPIRE', key, ARGV[3]) end

return { 0, #overdue, forgotten }
