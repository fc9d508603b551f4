-- Gives a delivery back, due at once.
-- ARGV: now, job, token. Returns 1, or nothing if the delivery is not the claim's any more.

local job_id = ARGV[2]
local endpoint = endpoint_of_claim(job_id, ARGV[3])
if not endpoint then
  return {}
end
unschedule(endpoint, job_id)
redis.call('HDEL', delivery_key(job_id), 'token')
schedule(endpoint, job_id, digits(now))
return { 1 }
