-- Ends a job that is not done, whoever holds its lease.
-- ARGV: now, id, status, status code, sealed outcome. Returns the job, or nothing if there is none.

local id = ARGV[2]
local job = find(id)
if not job then
  return {}
end
if not job.expires then
  finish(id, job, ARGV[3], ARGV[4], ARGV[5])
end
return shown(id)
