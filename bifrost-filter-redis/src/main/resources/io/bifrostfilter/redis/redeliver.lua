-- Queues the delivery of an attempt again, if it is over.
-- ARGV: now, attempt. Returns 'queued', 'in_flight' or 'unknown'.

local job_id = redis.call('HGET', attempt_key(ARGV[2]), 'job')
local endpoint = job_id and redis.call('HGET', delivery_key(job_id), 'endpoint')
if not endpoint then
  return { 'unknown' }
end
if redis.call('ZSCORE', due_key(endpoint), job_id) then
  return { 'in_flight' }
end
redis.call('HSET', delivery_key(job_id), 'next_attempt', 1)
schedule(endpoint, job_id, digits(now))
return { 'queued' }
