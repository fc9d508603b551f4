-- Removes every trace of a job. ARGV: now, id. Returns 1, or nothing if there is none.

local id = ARGV[2]
local job = find(id)
if not job then
  return {}
end
local request_size = redis.call('STRLEN', request_key(id))
local result_size = redis.call('STRLEN', result_key(id))
redis.call('UNLINK', job_key(id), request_key(id), result_key(id))
redis.call('DECRBY', BYTES, request_size + result_size)
free_idempotency_key(id, job.scope)
redis.call('ZREM', CREATED, id)
if job.expires then
  redis.call('ZREM', done_key(job.status), done_member(id, result_size))
else
  leave_queue(id, job)
end
tell('deleted', id)
return { 1 }
