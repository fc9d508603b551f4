-- ARGV: now. Returns how many jobs wait, run, are completed, and have failed.

local after_now = '(' .. digits(now)
return {
  waiting(),
  redis.call('ZCARD', LEASES),
  redis.call('ZCOUNT', prefix .. 'completed', after_now, '+inf'),
  redis.call('ZCOUNT', prefix .. 'failed', after_now, '+inf'),
}
