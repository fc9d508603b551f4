-- Gives a job back; the attempt does not count.
-- ARGV: now, id, token. Returns 1, or nothing if the lease is not the job's any more.

local id = ARGV[2]
local job = find_leased(id, ARGV[3])
if not job then
  return {}
end
give_back(id, job, job.attempts - 1)
return { 1 }
