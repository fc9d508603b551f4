-- Adds a pending job, or says why not.
-- ARGV: now, id, sealed request, how many may wait, how many of one owner, and the job's fields.
-- Returns 'added'; 'replayed' and the earlier job; 'key_reused', 'caller_queue_full' or 'queue_full'.

local id, request = ARGV[2], ARGV[3]
local job = {}
for i = 6, #ARGV, 2 do
  job[ARGV[i]] = ARGV[i + 1]
end

if job.scope then
  local first_id = redis.call('GET', idempotency_key(job.scope))
  local first = first_id and find(first_id)
  if first then
    if first.fingerprint ~= job.fingerprint then
      return { 'key_reused' }
    end
    return { 'replayed', shown(first_id) }
  end
end

if tonumber(redis.call('HGET', OWNERS, job.owner or '') or 0) >= tonumber(ARGV[5]) then
  return { 'caller_queue_full' }
end
if waiting() >= tonumber(ARGV[4]) then
  return { 'queue_full' }
end

-- The first write, so that all of it is refused if there is no memory.
redis.call('SET', request_key(id), request)
redis.call('INCRBY', BYTES, #request)
if redis.call('EXISTS', QUEUE) == 0 then
  redis.call('XGROUP', 'CREATE', QUEUE, GROUP, '0', 'MKSTREAM')
end
local entry = redis.call('XADD', QUEUE, '*', 'id', id)
redis.call('HSET', job_key(id), 'entry', entry, unpack(ARGV, 6))
if job.scope then
  redis.call('SET', idempotency_key(job.scope), id)
end
redis.call('ZADD', CREATED, job.created, id)
count_waiting(job, 1)
tell('pending', id)
return { 'added' }
