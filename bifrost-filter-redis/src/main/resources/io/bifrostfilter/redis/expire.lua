-- Forgets jobs that have expired. Their own keys are mostly gone by then.
-- ARGV: now, how many of either kind. Returns how many it was.

local gone = 0
for _, status in ipairs({ 'completed', 'failed' }) do
  local expired = redis.call('ZRANGEBYSCORE', prefix .. status, '-inf', digits(now), 'LIMIT', 0, ARGV[2])
  for _, id in ipairs(expired) do
    free_idempotency_key(id, redis.call('HGET', job_key(id), 'scope'))
    redis.call('UNLINK', job_key(id), result_key(id))
    redis.call('ZREM', prefix .. status, id)
    redis.call('ZREM', CREATED, id)
  end
  gone = gone + #expired
end
return { gone }
