--[[ One step of the outbox relay: delete delivered entries, set bad ones aside, and return the oldest remaining ones.

Guarantees
  An entry stays until a caller reports its delivery: delivered at least once, never lost (C6.5). A lease lets one relay
  work at a time. If it ends while its holder is slow, two relays send the same entries, and the SQS queue drops the
  repeats by admission id. Entries are in the order of admission.

KEYS[1] outbox    stream of (user, admission id) pairs
KEYS[2] lease     string: relay's name         KEYS[3] dead      stream of entries set aside, newest 10,000
ARGV[1] relay, name of the caller              ARGV[2] lease_ms
ARGV[3] count_max, entries to return           ARGV[4] delivered, number of delivered entry ids that follow
ARGV[5..] entry ids: first the delivered, then the bad ones

Returns {code, entries left, entries as XRANGE returns them}
  code 0 another relay has the lease    1 this relay has it
Time    none (the lease is a key with a lifetime)
Cost    O(count_max + ids), ids at most 100 ]]

local DEAD_MAX = 10000

local holder = redis.call('GET', KEYS[2])
local delivered = tonumber(ARGV[4])
for i = 5, #ARGV do
  if i - 4 > delivered then
    local bad = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])
    if bad[1] then redis.call('XADD', KEYS[3], 'MAXLEN', '~', DEAD_MAX, '*', 'id', ARGV[i], unpack(bad[1][2])) end
  end
  redis.call('XDEL', KEYS[1], ARGV[i])
end
if holder and holder ~= ARGV[1] then return { 0, redis.call('XLEN', KEYS[1]), {} } end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])

return { 1, redis.call('XLEN', KEYS[1]), redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3]) }
