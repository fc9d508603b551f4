-- Records the outcome of a run, if the lease is still the job's.
-- ARGV: now, id, token, status, status code, sealed outcome, and 'lapsed' if the lease must have.
-- Returns 1, and the webhook endpoint if there is one to tell; or nothing if the lease is not.

local id = ARGV[2]
local job = find_leased(id, ARGV[3])
if not job then
  return {}
end
if ARGV[7] == 'lapsed' and tonumber(redis.call('ZSCORE', LEASES, id) or 0) > now then
  return {}
end
finish(id, job, ARGV[4], ARGV[5], ARGV[6])
return { 1, job.webhook }
