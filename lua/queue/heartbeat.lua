--[[ Return the standing of visitors who poll. A poll also counts as their heartbeat. Joins nobody.

Guarantees
  A poll keeps the place: a parked visitor waits again at the old score, and a shopper's visit is extended up to the
  longest stay.
  An entry token restores a visit that this server lost: it counts only if its admission is later than the known one.
  If fewer than `unpaused_limit` shoppers are inside or ahead of the holder, the holder is inside at once. Otherwise, and
  while `unpaused_limit` is unknown, the holder waits at the head of the line. A visit that ended here stays ended.
  Due times and expiries use the line's clock (see admit.lua).

KEYS[1] waiting   zset user -> score           KEYS[2] parked    zset user -> score (poll overdue, place kept)
KEYS[3] due       zset user -> due ms          KEYS[4] active    zset user -> expiry ms
KEYS[5] admitted  hash user -> c(alled) or i(nside) and the admission id
KEYS[6] meta      hash                         KEYS[7] outbox    stream of (user, admission id) pairs
ARGV[1] active_ttl_ms    ARGV[2] stay_max_ms   ARGV[3] poll_grace_ms, beyond the next poll
ARGV[4] visitors, JSON list with 2 values each: user, admission id of a verified entry token or ''

Returns {code, now_ms, inside, limit, waiting, pace_moved, pace_window_ms, pace_at_ms, answers}
  answers: JSON list with one value per visitor: waiting, the rank from 0; inside, {admission id, expiry ms}; without
    a place, -1
  code 0 done        limit -1 not known yet
Time    the server's TIME, so that workers' clocks do not matter
Cost    O(visitors x log n): at most 6 commands per call and 9 per visitor (1 for a waiting visitor) ]]

local VISITOR_WIDTH = 2
local ABSENT = -1

-- include queue/shared/clock

local active_ttl_ms = tonumber(ARGV[1])
local stay_max_ms = tonumber(ARGV[2])
local poll_grace_ms = tonumber(ARGV[3])

local now = now_ms()
local waiting = redis.call('ZCARD', KEYS[1])
local meta = redis.call('HMGET', KEYS[6], 'limit', 'pace_moved', 'pace_window', 'pace_at', 'most', 'heard',
  'heard_from', 'heard_gap')
local unpaused_limit = tonumber(meta[5] or -1)
local line_now = line_clock_ms(now, tonumber(meta[6]), tonumber(meta[7]), meta[8])
local inside = redis.call('ZCOUNT', KEYS[4], '(' .. line_now, '+inf')
local outbox = {}
local due_times = {}

-- include queue/shared/visits

local function poll(user, token_admission_id)
  local rank = redis.call('ZRANK', KEYS[1], user)
  if rank and token_admission_id == '' then return set_due_time(user, rank) end
  local known_id = string.sub(redis.call('HGET', KEYS[5], user) or '', 2)
  if known_id ~= '' and tonumber(redis.call('ZSCORE', KEYS[4], user) or 0) > line_now then
    return put_inside(user, known_id, expiry_of(known_id))
  end
  local registered = register(user, token_admission_id, known_id)
  if registered then return registered end
  if rank then return set_due_time(user, rank) end
  local parked_score = redis.call('ZSCORE', KEYS[2], user)
  if not parked_score then return ABSENT end
  redis.call('ZREM', KEYS[2], user)
  redis.call('ZADD', KEYS[1], parked_score, user)
  waiting = waiting + 1
  return set_due_time(user, redis.call('ZRANK', KEYS[1], user))
end

local answers = {}
-- One argument and one reply for all visitors: parsing hundreds of short ones would cost the worker more than the rest.
local visitors = cjson.decode(ARGV[4])
for i = 1, #visitors, VISITOR_WIDTH do
  answers[#answers + 1] = poll(visitors[i], visitors[i + 1])
end
if #due_times > 0 then redis.call('ZADD', KEYS[3], unpack(due_times)) end
if #outbox > 0 then redis.call('XADD', KEYS[7], '*', unpack(outbox)) end

return { 0, now, inside, tonumber(meta[1] or -1), waiting, tonumber(meta[2] or 0), tonumber(meta[3] or 0),
  tonumber(meta[4] or 0), cjson.encode(answers) }
