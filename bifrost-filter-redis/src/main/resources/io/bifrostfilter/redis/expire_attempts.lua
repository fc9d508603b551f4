-- Forgets old attempts of the endpoint that has the oldest, whether or not it is still there.
-- ARGV: now, time before which attempts are old, how many at most. Returns how many it was.

local before = '(' .. ARGV[2]
local endpoint = redis.call('ZRANGEBYSCORE', HISTORIES, '-inf', before, 'LIMIT', 0, 1)[1]
if not endpoint then
  return { 0 }
end
local old = redis.call('ZRANGEBYSCORE', history_key(endpoint), '-inf', before, 'LIMIT', 0, ARGV[3])
forget_attempts(endpoint, old)
-- An index that was spoilt by hand is right again by now; that counts as something done.
return { math.max(#old, 1) }
