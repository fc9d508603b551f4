-- Drops a delivery. One that was queued again keeps the attempts that were made before.
-- ARGV: now, job, token. Returns 1, or nothing if the delivery is not the claim's any more.

local job_id = ARGV[2]
local endpoint = endpoint_of_claim(job_id, ARGV[3])
if not endpoint then
  return {}
end
unschedule(endpoint, job_id)
redis.call('HDEL', delivery_key(job_id), 'token')
if tonumber(redis.call('HGET', delivery_key(job_id), 'kept') or 0) <= 0 then
  redis.call('UNLINK', delivery_key(job_id))
end
return { 1 }
