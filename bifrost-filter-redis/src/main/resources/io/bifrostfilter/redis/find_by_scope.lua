-- ARGV: now, idempotency scope. Returns the job, or nothing if there is none.

local id = redis.call('GET', idempotency_key(ARGV[2]))
if not id or not find(id) then
  return {}
end
return shown(id)
