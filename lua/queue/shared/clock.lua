-- include shared/now

-- The line's clock: the server's time without outages, in which no visitor could poll (lua/queue/admit.lua).
local function heard_ms(now, heard, from, gap_ms)
  if not heard then return now end
  return heard + math.max(0, math.min(now - from, tonumber(gap_ms)))
end
