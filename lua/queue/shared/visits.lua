-- Shared steps of enter.lua and heartbeat.lua. Uses their variables now, line_now, inside, waiting, unpaused_limit,
-- active_ttl_ms, stay_max_ms, poll_grace_ms, the lists outbox and due_times, and the keys 1 waiting, 2 parked, 4 active,
-- 5 admitted.

-- Base score of shoppers who were inside before a loss of data: below every position, by the time of the admission.
local RETURN_BASE = -4503599627370496

-- Seconds until the next poll: queuePollBands in lib/contract/queue-http.ts (a test compares them).
local function next_poll_seconds(ahead)
  if ahead <= 1000 then return 1 end
  if ahead <= 5000 then return 5 end
  if ahead <= 10000 then return 10 end
  if ahead <= 100000 then return 30 end
  return 60
end

local function granted_ms(admission_id)
  return tonumber(string.match(admission_id, '^(%d+)-') or 0)
end

local function expiry_of(admission_id)
  return math.min(line_now + active_ttl_ms, granted_ms(admission_id) + stay_max_ms - (now - line_now))
end

-- Returns the rank, from which the due time of the next poll follows.
local function set_due_time(user, rank)
  due_times[#due_times + 1] = line_now + next_poll_seconds(rank) * 1500 + poll_grace_ms
  due_times[#due_times + 1] = user
  return rank
end

local function put_inside(user, admission_id, expiry)
  redis.call('ZADD', KEYS[4], expiry, user)
  redis.call('HSET', KEYS[5], user, 'i' .. admission_id)
  return { admission_id, expiry + now - line_now }
end

-- Starts a visit and adds it to the outbox.
local function admit(user, admission_id, expiry)
  outbox[#outbox + 1] = user
  outbox[#outbox + 1] = admission_id
  inside = inside + 1
  return put_inside(user, admission_id, expiry)
end

-- While the limit is reached, a holder waits before all visitors who were never inside, in the order of the admissions.
local function register(user, admission_id, known_id)
  if admission_id == '' or granted_ms(admission_id) <= granted_ms(known_id) then return nil end
  local expiry = expiry_of(admission_id)
  if expiry <= line_now then return nil end
  redis.call('ZREM', KEYS[2], user)
  local score = string.format('%.0f', RETURN_BASE + granted_ms(admission_id))
  if inside + redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score) >= unpaused_limit then
    waiting = waiting + redis.call('ZADD', KEYS[1], score, user)
    return set_due_time(user, redis.call('ZRANK', KEYS[1], user))
  end
  waiting = waiting - redis.call('ZREM', KEYS[1], user)
  return admit(user, admission_id, expiry)
end
