-- include shared/now

-- The line's clock: the server's time without outages, in which no visitor could poll (lua/queue/admit.lua).
local function line_clock_ms(now, stored_ms, from, gap_max_ms)
  if not stored_ms then return now end
  return stored_ms + math.max(0, math.min(now - from, tonumber(gap_max_ms)))
end
