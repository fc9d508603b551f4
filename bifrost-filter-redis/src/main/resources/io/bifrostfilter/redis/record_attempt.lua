-- Records an attempt, and what follows from it, if the delivery is still the claim's.
-- ARGV: now, job, token, when to try again or empty if the delivery is over, how many attempts an
-- endpoint keeps, the attempt's id, when it was made, its outcome, and its fields.
-- Returns 1, or nothing if the delivery is not.

local job_id, next_at, id, made, outcome = ARGV[2], ARGV[4], ARGV[6], ARGV[7], ARGV[8]
local endpoint = endpoint_of_claim(job_id, ARGV[3])
if not endpoint then
  return {}
end

unschedule(endpoint, job_id)
redis.call('HDEL', delivery_key(job_id), 'token')
redis.call('HINCRBY', delivery_key(job_id), 'kept', 1)
if next_at ~= '' then
  redis.call('HINCRBY', delivery_key(job_id), 'next_attempt', 1)
  schedule(endpoint, job_id, next_at)
elseif redis.call('EXISTS', endpoint_key(endpoint)) == 1 then
  if outcome == 'delivered' then
    redis.call('HSET', endpoint_key(endpoint), 'failures', 0, 'last_success', made)
  else
    redis.call('HINCRBY', endpoint_key(endpoint), 'failures', 1)
    redis.call('HSET', endpoint_key(endpoint), 'last_failure', made)
  end
end

redis.call('HSET', attempt_key(id), 'job', job_id, 'made', made, 'outcome', outcome, unpack(ARGV, 9))
redis.call('ZADD', history_key(endpoint), made, id)
local too_many = redis.call('ZCARD', history_key(endpoint)) - tonumber(ARGV[5])
if too_many > 0 then
  forget_attempts(endpoint, redis.call('ZRANGE', history_key(endpoint), 0, too_many - 1))
else
  index_least(HISTORIES, endpoint, history_key(endpoint))
end
return { 1 }
