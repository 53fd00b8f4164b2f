--[[ Run one tick of an event: admit the first visitors who still poll to the free places. Any worker may call it.

Guarantees
  At most one tick per tick_ms counts, however many workers call (A4). A tick admits at most batch_max visitors, including
  the admissions of enter.lua. inside + admitted <= limit, where inside includes admitted visitors who have not polled
  since (E4).
  A tick parks the visitors at the front whose poll is overdue. A parked visitor keeps its place and does not block the
  visitors behind it (E2). A tick reads at most wanted + 1000 members, however long the queue is (A3).
  An outage does not count as absence. Due times and expiries use the line's clock. It follows the server's clock, but at
  most tick_gap_max_ms past the last tick of any worker, and stops for worker_out_ms when a worker stops ticking without
  draining, because its visitors reach another worker only after that. A second lost worker stops it again at once;
  after that it first runs for as long as it was stopped, so that failing workers cannot stop the line. An outage
  changes a few fields of meta and no due times.
  Admissions are written to the outbox in the same step, and the reply lists exactly these (A6). All reads come before
  the first write, so a key of a wrong type fails the script before anything has changed.
  A limit replaces the stored one if its version is higher, or if the event was read later and the version is the same
  or the read was consistent. So the stored limit converges to the event's item, and a worker with an old copy cannot
  undo a change.
  Pace for the estimate: people who left the front and the time that took, both decaying, from a guess on. The time per
  person lengthens by at most a quarter from one due poll to the next, unless the limit changes. It is unchanged while
  nobody waits, the limit is 0 or the line is cold.
  Cold: a server without this line, or not the one that ran the last tick (restart, promotion: the last writes may be
  lost), admits nobody for cold_wait_ms, while shoppers inside register again by their entry tokens. A caller that knows
  that nobody can be inside passes the line's marker and ends that wait.

KEYS[1] waiting   zset user -> score           KEYS[2] parked    zset user -> score (poll overdue, place kept)
KEYS[3] due       zset user -> due ms          KEYS[4] active    zset user -> expiry ms
KEYS[5] admitted  hash user -> c(alled) or i(nside) and the admission id
KEYS[6] meta      hash                         KEYS[7] pace      hash: pace of the front
KEYS[8] outbox    stream of (user, admission id) pairs      KEYS[9] arrived   set of request ids
ARGV[1] tick_ms          ARGV[2] batch_max, admissions per tick, <= 1000
ARGV[3] claim_ttl_ms, time in which an admission waits for its visitor
ARGV[4] limit, shoppers inside, or '' for the stored one
ARGV[5] limit_version, the revision of the event
ARGV[6] cold_wait_ms     ARGV[7] nonce, unique to this call
ARGV[8] marker of a line known to be new, or ''
ARGV[9] unpaused_limit, the limit without a pause: entry tokens may fill it again after a loss of data
ARGV[10] worker          ARGV[11] tick_gap_max_ms         ARGV[12] worker_lost_ms without a tick: the worker is lost
ARGV[13] worker_out_ms, until visitors of a lost worker have reached another one
ARGV[14] limit_read_after_ms: now_ms of a reply that came before the event was read; '' if it was read just now
ARGV[15] '1': the event was read again consistently, because the returned limit was another

Returns {code, now_ms, inside, limit, waiting, moved, passed_over, expired, warm_at_ms, marker, arrived, then for
         each moved user, admission id}
  arrived: passes used in this line, from 0 again after a loss of data
  code 0 this tick has already run    1 ticked    2 cold: nobody admitted, shoppers register again
Time    the server's TIME: one clock for all workers, so one worker's fast clock neither raises the rate nor ends visits
Cost    O((batch_max + 1000) x log n) ]]

local EXPIRED_MAX = 1000
-- Overdue visitors read beyond the wanted ones, and least members per round. Lua unpacks about 7,900 values at most.
local OVERDUE_MAX = 1000
local READ_MIN = 250
-- First guess of a stay, and its weight in people.
local STAY_GUESS_MS = 60000
local GUESS_PEOPLE = 2
-- Decay: a measurement of this age counts about a third.
local PACE_MEMORY_MS = 120000
-- The time per person changes by at most this factor per CHANGE_MS, which is longer than any wait between two polls: 12 s
-- up to 10,000 people ahead, 72 s beyond (next_poll_seconds and the jitter of a page). A gap between two ticks counts up
-- to PACE_GAP_MS, because no visitor receives a reply during a longer one.
local CHANGE_MAX = 1.25
local CHANGE_MS, CHANGE_FAR_MS, FAR_PEOPLE = 30000, 75000, 10000
local PACE_GAP_MS = 5000
-- Most workers in the list, which each call reads and writes. The loss of a further worker is not noticed.
local WORKERS_MAX = 64

-- include shared/now

local tick_ms = tonumber(ARGV[1])
local batch_max = tonumber(ARGV[2])
local claim_ttl_ms = tonumber(ARGV[3])
local limit = tonumber(ARGV[4])
local limit_version = tonumber(ARGV[5])
local cold_wait_ms = tonumber(ARGV[6])
local nonce = ARGV[7]
local known_new = ARGV[8]
local unpaused_limit = tonumber(ARGV[9])
local worker = ARGV[10]
local tick_gap_max_ms, worker_lost_ms, worker_out_ms = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local is_consistent_read = ARGV[15] == '1'

local now = now_ms()
-- The start of a tick is its name, so that ticks of two lengths compare when the setting changes.
local tick = math.floor(now / tick_ms) * tick_ms
-- Fields keep the names of earlier releases, which run beside this one: heard and heard_from are the line's clock and the
-- server's time at which it continues, stood_until the end of a stop, most the limit without a pause.
local meta = redis.call('HMGET', KEYS[6], 'run', 'marker', 'warm_at', 'tick_at', 'moved_at', 'moved', 'limit',
  'limit_version', 'most', 'heard', 'heard_from', 'stood_until', 'workers', 'limit_look', 'owed_until')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local marker, warm_at, last_tick = meta[2], tonumber(meta[3] or 0), tonumber(meta[4] or -1)

local changes = {}
local function set(field, value)
  changes[#changes + 1] = field
  changes[#changes + 1] = value
end

if not marker or meta[1] ~= run then
  -- The tick starts again too, because this server's clock may be behind.
  marker, warm_at, last_tick = nonce, now + cold_wait_ms, -1
  set('run', run)
  set('marker', marker)
  set('warm_at', warm_at)
elseif known_new == marker and now < warm_at then
  warm_at = now
  set('warm_at', warm_at)
end
-- Read times are by this server's clock. One in the future comes from before the clock was set back, and is ignored.
local function read_time_of(text)
  local read_after = tonumber(text or 0)
  return read_after <= now and read_after or 0
end
local stored_limit, stored_version = tonumber(meta[7] or -1), tonumber(meta[8] or 0)
local read_after = ARGV[14] == '' and now or read_time_of(ARGV[14])
local is_later_read = read_after >= read_time_of(meta[14])
if limit and (stored_limit < 0 or limit_version > stored_version
    or is_later_read and (limit_version == stored_version or is_consistent_read)) then
  set('limit', limit)
  set('limit_version', limit_version)
  set('limit_look', read_after)
  set('most', unpaused_limit)
else
  limit = stored_limit
end

-- The line's clock. If a promoted server's clock is behind, the line's clock stops until that one has caught up.
local line_now, stopped_until = tonumber(meta[10] or now), tonumber(meta[12] or 0)
line_now = line_now + math.max(0, math.min(now - tonumber(meta[11] or now), tick_gap_max_ms))
local clock_from = now
-- At this time the clock has run for as long as lost workers stopped it.
local owed_until = tonumber(meta[15] or 0)
if meta[1] ~= run then stopped_until, owed_until = 0, 0 end
local workers, workers_count, is_one_lost = {}, 1, false
for id, ticked in pairs(cjson.decode(meta[13] or '{}')) do
  if id ~= worker and line_now - ticked > worker_lost_ms then
    is_one_lost = true
  elseif id ~= worker and workers_count < WORKERS_MAX then
    workers[id], workers_count = ticked, workers_count + 1
  end
end
workers[worker] = line_now
if is_one_lost and owed_until - now <= worker_out_ms then
  stopped_until = now + worker_out_ms
  owed_until = math.max(owed_until, now) + 2 * worker_out_ms
  set('stood_until', stopped_until)
  set('owed_until', owed_until)
end
if now < stopped_until then clock_from = stopped_until end
set('heard', line_now)
set('heard_from', clock_from)
set('heard_gap', tick_gap_max_ms)
set('workers', cjson.encode(workers))

local waiting = redis.call('ZCARD', KEYS[1])
local arrived = redis.call('SCARD', KEYS[9])
local expired_users = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', line_now, 'LIMIT', 0, EXPIRED_MAX)
local inside = redis.call('ZCOUNT', KEYS[4], '(' .. line_now, '+inf')

local function answer(code, moved, passed_over, expired, pairs_moved)
  return { code, now, inside, limit, waiting, moved, passed_over, expired, warm_at, marker, arrived,
    unpack(pairs_moved) }
end
local function save()
  if #changes > 0 then redis.call('HSET', KEYS[6], unpack(changes)) end
end

if tick <= last_tick then
  save()
  return answer(0, 0, 0, 0, {})
end
set('tick_at', tick)

-- The whole front is read before anything is written.
local budget = batch_max - (tonumber(meta[5] or -1) == tick and tonumber(meta[6]) or 0)
local wanted = math.min(budget, limit - inside)
if now < warm_at then wanted = 0 end
local moved, read_count, actives, called, outbox, parked = 0, 0, {}, {}, {}, {}
local read_max = wanted + OVERDUE_MAX
while moved < wanted and read_count < read_max do
  local window = math.min(math.max(wanted - moved, READ_MIN), read_max - read_count)
  local front = redis.call('ZRANGE', KEYS[1], read_count, read_count + window - 1, 'WITHSCORES')
  if #front == 0 then break end
  local users = {}
  for i = 1, #front, 2 do users[#users + 1] = front[i] end
  local due = redis.call('ZMSCORE', KEYS[3], unpack(users))
  for i, user in ipairs(users) do
    if moved >= wanted then break end
    read_count = read_count + 1
    if due[i] and tonumber(due[i]) >= line_now then
      moved = moved + 1
      local id = string.format('%.0f-%s-%d', now, nonce, moved)
      actives[#actives + 1] = line_now + claim_ttl_ms
      actives[#actives + 1] = user
      called[#called + 1] = user
      called[#called + 1] = 'c' .. id
      outbox[#outbox + 1] = user
      outbox[#outbox + 1] = id
    else
      parked[#parked + 1] = front[2 * i]
      parked[#parked + 1] = user
    end
  end
end

local pace = redis.call('HMGET', KEYS[7], 'people', 'window', 'from', 'limit', 'each')
-- Reads that only check the types of these keys.
redis.call('XLEN', KEYS[8])
redis.call('HLEN', KEYS[5])
redis.call('ZCARD', KEYS[2])

-- Only writes from here on: none of them fails for the type of its key.
if #expired_users > 0 then redis.call('ZREM', KEYS[4], unpack(expired_users)) end
if read_count > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, read_count - 1) end
if #parked > 0 then redis.call('ZADD', KEYS[2], unpack(parked)) end
if moved > 0 then
  redis.call('ZADD', KEYS[4], unpack(actives))
  redis.call('HSET', KEYS[5], unpack(called))
  redis.call('XADD', KEYS[8], '*', unpack(outbox))
  inside = inside + moved
  set('moved_at', tick)
  set('moved', moved + batch_max - budget)
end

-- Time counts from the last tick on if people waited then: an admission without a wait shows no pace.
local is_moving = waiting > 0 and limit > 0 and now >= warm_at
if limit > 0 then
  local scale = tonumber(pace[4] or limit) / limit
  local people, window = tonumber(pace[1] or GUESS_PEOPLE), tonumber(pace[2])
  window = window and window * scale or GUESS_PEOPLE * math.max(STAY_GUESS_MS / limit, tick_ms / batch_max)
  local each = pace[5] and tonumber(pace[5]) * scale or window / people
  local elapsed = now - tonumber(pace[3] or now)
  if is_moving and tonumber(pace[3] or 0) > 0 and elapsed > 0 then
    local kept = math.exp(-elapsed / PACE_MEMORY_MS)
    people, window = people * kept + read_count, window * kept + elapsed
    local change = CHANGE_MAX ^ (math.min(elapsed, PACE_GAP_MS) / (waiting > FAR_PEOPLE and CHANGE_FAR_MS or CHANGE_MS))
    each = math.max(each / change, math.min(each * change, window / math.max(1, people)))
  end
  redis.call('HSET', KEYS[7], 'people', people, 'window', window, 'from', is_moving and now or 0, 'limit', limit,
    'each', each)
  -- Whole numbers in the same proportion: a script's reply has no fractions.
  local published = math.max(1, math.floor(people + 0.5))
  set('pace_moved', published)
  set('pace_window', math.floor(published * each + 0.5))
  set('pace_at', now)
elseif pace[3] then
  redis.call('HSET', KEYS[7], 'from', 0)
end
waiting = waiting - read_count
save()

return answer(now < warm_at and 2 or 1, moved, read_count - moved, #expired_users, outbox)
