-- Removes every trace of a job. ARGV: now, id. Returns 1, or nothing if there is none.

local id = ARGV[2]
local job = find(id)
if not job then
  return {}
end
redis.call('UNLINK', job_key(id), request_key(id), result_key(id))
free_idempotency_key(id, job.scope)
redis.call('ZREM', CREATED, id)
if job.expires then
  redis.call('ZREM', prefix .. job.status, id)
else
  leave_queue(id, job)
end
tell('deleted', id)
return { 1 }
