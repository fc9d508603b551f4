-- Gives jobs back whose leases have lapsed, and names those that were claimed too often; these are
-- left as they are, since their outcome has to be sealed first.
-- ARGV: now, from how many attempts on, how many leases to look at.
-- Returns how many leases it looked at, how many jobs it gave back, and id and token of each other.

local answer = { 0, 0 }
local lapsed = redis.call('ZRANGEBYSCORE', LEASES, '-inf', digits(now), 'LIMIT', 0, ARGV[3])
answer[1] = #lapsed
for _, id in ipairs(lapsed) do
  local job = find(id)
  if not job then
    -- Somebody has removed keys by hand.
    redis.call('ZREM', LEASES, id)
  elseif tonumber(job.attempts) < tonumber(ARGV[2]) then
    give_back(id, job, job.attempts)
    answer[2] = answer[2] + 1
  else
    answer[#answer + 1] = id
    answer[#answer + 1] = job.token
  end
end
return answer
