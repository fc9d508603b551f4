-- Extends leases.
-- ARGV: now, milliseconds from now, and of each lease the job's id and the token.
-- Returns the place in the list, from 0 on, of each lease that is lost.

local lease_end = digits(now + tonumber(ARGV[2]))
local lost = {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  if find_leased(id, ARGV[i + 1]) then
    -- Out and in again: a removal is not refused for lack of memory, and a running job must go on.
    redis.call('ZREM', LEASES, id)
    redis.call('ZADD', LEASES, lease_end, id)
  else
    lost[#lost + 1] = (i - 3) / 2
  end
end
return lost
