-- Forgets jobs that have expired. Their own keys are mostly gone by then.
-- ARGV: now, how many of either kind. Returns how many it was.

local gone = 0
for _, status in ipairs({ 'completed', 'failed' }) do
  local expired = redis.call('ZRANGEBYSCORE', done_key(status), '-inf', digits(now), 'LIMIT', 0, ARGV[2])
  for _, member in ipairs(expired) do
    local id, size = string.match(member, '^(%S+) (%d+)$')
    free_idempotency_key(id, redis.call('HGET', job_key(id), 'scope'))
    redis.call('UNLINK', job_key(id), result_key(id))
    redis.call('ZREM', done_key(status), member)
    redis.call('ZREM', CREATED, id)
    redis.call('DECRBY', BYTES, size)
  end
  gone = gone + #expired
end
return { gone }
