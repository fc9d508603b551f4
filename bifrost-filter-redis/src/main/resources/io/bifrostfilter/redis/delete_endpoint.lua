-- Removes an endpoint, and then, a step at a time, what is to be delivered to it and its history.
-- ARGV: now, id, how many of either kind. Returns whether there was the endpoint (1) or not (0), and
-- how many of the others it was.

local id, most = ARGV[2], tonumber(ARGV[3])
local name = redis.call('HGET', endpoint_key(id), 'name')
if name then
  redis.call('HDEL', NAMES, name)
  redis.call('UNLINK', endpoint_key(id))
end

local queued = redis.call('ZRANGE', due_key(id), 0, most - 1)
for _, job_id in ipairs(queued) do
  redis.call('ZREM', due_key(id), job_id)
  redis.call('UNLINK', delivery_key(job_id))
end
index_least(MAILBOXES, id, due_key(id))
local oldest = redis.call('ZRANGE', history_key(id), 0, most - 1)
forget_attempts(id, oldest)
return { name and 1 or 0, #queued + #oldest }
