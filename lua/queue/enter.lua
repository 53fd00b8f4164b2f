--[[ Join an event's line, or return the standing of visitors who have a place. Several visitors per round trip (B1).

Guarantees
  One identity has one place: waiting, parked or inside, never two of them (A9, E5). A repeat changes only the due time
  of the next poll.
  Each pass counts as one arrival, however often it is shown. The caller has bound the pass to its account by a
  conditional write in DynamoDB (PassOwners in lib/core/queue/ports.ts).
  A visitor is admitted at once only if nobody waits, a place is free, this tick's batch is not used up, the line is not
  cold (see admit.lua) and this server is the one that ran the last tick. The admission is written to the outbox here.
  A visitor who was inside before joins at the end, whatever the pass says. A visitor who was admitted and did not poll
  in time was never inside, and keeps the pass's place.
  An entry token restores a visit that this server lost: it counts only if its admission is later than the known one.
  If fewer than `unpaused_limit` shoppers are inside or ahead of the holder, the holder is inside at once. Otherwise, and
  while `unpaused_limit` is unknown, the holder waits at the head of the line. A visit that ended here stays ended.
  Due times and expiries use the line's clock (see admit.lua).

KEYS[1] waiting   zset user -> score           KEYS[2] parked    zset user -> score (poll overdue, place kept)
KEYS[3] due       zset user -> due ms          KEYS[4] active    zset user -> expiry ms
KEYS[5] admitted  hash user -> c(alled) or i(nside) and the admission id
KEYS[6] arrived   set of request ids           KEYS[7] meta      hash
KEYS[8] outbox    stream of (user, admission id) pairs
ARGV[1] active_ttl_ms    ARGV[2] stay_max_ms   ARGV[3] tick_ms   ARGV[4] batch_max, admissions per tick
ARGV[5] nonce, unique to this call             ARGV[6] poll_grace_ms, beyond the next poll
ARGV[7] visitors, JSON list with 4 values each: user, request id or '', score or '', admission id of a verified entry
  token or ''

Returns {code, now_ms, inside, limit, waiting, pace_moved, pace_window_ms, pace_at_ms, answers}
  answers: JSON list with one value per visitor: waiting, the rank from 0; inside, {admission id, expiry ms}
  code 0 done        limit -1 not known yet
Time    the server's TIME, so that workers' clocks do not matter
Cost    O(visitors x log n): at most 11 commands per call and 10 per visitor (2 or 3 for a waiting visitor) ]]

local VISITOR_WIDTH = 4
-- First score of visitors without a tier-1 position: above every position (seq x 64 + shard < 2^52), exact in doubles.
local SEQUENCE_BASE = 4503599627370496

-- include queue/shared/clock

local active_ttl_ms = tonumber(ARGV[1])
local stay_max_ms = tonumber(ARGV[2])
local tick_ms = tonumber(ARGV[3])
local batch_max = tonumber(ARGV[4])
local nonce = ARGV[5]
local poll_grace_ms = tonumber(ARGV[6])

local now = now_ms()
local tick = math.floor(now / tick_ms) * tick_ms
local waiting = redis.call('ZCARD', KEYS[1])
local meta = redis.call('HMGET', KEYS[7], 'limit', 'warm_at', 'run', 'moved_at', 'moved',
  'pace_moved', 'pace_window', 'pace_at', 'most', 'heard', 'heard_from', 'heard_gap')
local limit, unpaused_limit = tonumber(meta[1] or -1), tonumber(meta[9] or -1)
local line_now = line_clock_ms(now, tonumber(meta[10]), tonumber(meta[11]), meta[12])
local inside = redis.call('ZCOUNT', KEYS[4], '(' .. line_now, '+inf')
local moved = tonumber(meta[4] or -1) == tick and tonumber(meta[5]) or 0
local outbox = {}

-- One argument and one reply for all visitors: parsing hundreds of short ones would cost the worker more than the rest.
local visitors = cjson.decode(ARGV[7])
local users, arrived = {}, {}
for i = 1, #visitors, VISITOR_WIDTH do
  users[#users + 1] = visitors[i]
  if visitors[i + 1] ~= '' then arrived[#arrived + 1] = visitors[i + 1] end
end
-- One command for all visitors, because half of a command's cost is the call. A user listed twice is read again.
local admissions = redis.call('HMGET', KEYS[5], unpack(users))
local parked_scores = redis.call('ZMSCORE', KEYS[2], unpack(users))
local was_listed = {}
local due_times = {}

-- include queue/shared/visits

-- INFO costs 3 us: it is read at most once per call, and never while people wait.
local same_server = nil
local function is_same_server()
  if same_server == nil then
    same_server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') == meta[3]
  end
  return same_server
end

local function may_enter_at_once()
  return waiting == 0 and inside < limit and moved < batch_max
    and meta[2] and now >= tonumber(meta[2]) and is_same_server()
end

-- A visitor who waits already keeps the place.
local function join_line(user, score)
  waiting = waiting + redis.call('ZADD', KEYS[1], 'NX', score, user)
  return set_due_time(user, redis.call('ZRANK', KEYS[1], user))
end

local function visit(i, user, score, token_admission_id)
  local known, parked_score = admissions[i] or '', parked_scores[i]
  if was_listed[user] then
    known = redis.call('HGET', KEYS[5], user) or ''
    parked_score = redis.call('ZSCORE', KEYS[2], user)
  end
  was_listed[user] = true
  local was_inside, known_id = string.sub(known, 1, 1) == 'i', string.sub(known, 2)
  if known ~= '' and tonumber(redis.call('ZSCORE', KEYS[4], user) or 0) > line_now then
    local expiry = expiry_of(known_id)
    redis.call('ZADD', KEYS[4], expiry, user)
    if not was_inside then redis.call('HSET', KEYS[5], user, 'i' .. known_id) end
    return { known_id, expiry + now - line_now }
  end
  local registered = register(user, token_admission_id, known_id)
  if registered then return registered end
  local uses_pass = score ~= '' and not was_inside
  if not uses_pass then
    local rank = redis.call('ZRANK', KEYS[1], user)
    if rank then return set_due_time(user, rank) end
  end
  if parked_score then
    redis.call('ZREM', KEYS[2], user)
    return join_line(user, parked_score)
  end
  if may_enter_at_once() then
    moved = moved + 1
    local fresh_id = string.format('%.0f-%s-%d', now, nonce, moved)
    return admit(user, fresh_id, expiry_of(fresh_id))
  end
  if not uses_pass then
    score = SEQUENCE_BASE + redis.call('HINCRBY', KEYS[7], 'sequence', 1)
  end
  return join_line(user, score)
end

local moved_before = moved
local answers = {}
for i, user in ipairs(users) do
  local at = (i - 1) * VISITOR_WIDTH
  answers[i] = visit(i, user, visitors[at + 3], visitors[at + 4])
end
if #arrived > 0 then redis.call('SADD', KEYS[6], unpack(arrived)) end
if moved > moved_before then redis.call('HSET', KEYS[7], 'moved_at', tick, 'moved', moved) end
if #due_times > 0 then redis.call('ZADD', KEYS[3], unpack(due_times)) end
if #outbox > 0 then redis.call('XADD', KEYS[8], '*', unpack(outbox)) end

return { 0, now, inside, limit, waiting, tonumber(meta[6] or 0), tonumber(meta[7] or 0), tonumber(meta[8] or 0),
  cjson.encode(answers) }
