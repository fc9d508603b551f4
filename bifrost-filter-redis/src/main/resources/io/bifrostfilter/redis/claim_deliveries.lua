-- Takes deliveries to an endpoint, the longest due first, and leases them.
-- ARGV: now, endpoint, how many at most, milliseconds of the lease.
-- Returns for each: its token, the job's id, and its fields.

local endpoint = ARGV[2]
local lease_end = digits(now + tonumber(ARGV[4]))
local claimed = {}
local due = redis.call('ZRANGEBYSCORE', due_key(endpoint), '-inf', digits(now), 'LIMIT', 0, ARGV[3])
for _, job_id in ipairs(due) do
  redis.call('ZREM', due_key(endpoint), job_id)
  -- Somebody may have removed keys by hand.
  if redis.call('EXISTS', delivery_key(job_id)) == 1 then
    local token = digits(redis.call('INCR', prefix .. 'tokens'))
    redis.call('ZADD', due_key(endpoint), lease_end, job_id)
    redis.call('HSET', delivery_key(job_id), 'token', token)
    claimed[#claimed + 1] = { token, job_id, redis.call('HGETALL', delivery_key(job_id)) }
  end
end
if #due > 0 then
  index_least(MAILBOXES, endpoint, due_key(endpoint))
end
return claimed
