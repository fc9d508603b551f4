-- ARGV: now. Returns how many jobs wait, run, are completed, and have failed, and the bytes they take.

local after_now = '(' .. digits(now)
return {
  waiting(),
  redis.call('ZCARD', LEASES),
  redis.call('ZCOUNT', done_key('completed'), after_now, '+inf'),
  redis.call('ZCOUNT', done_key('failed'), after_now, '+inf'),
  tonumber(redis.call('GET', BYTES) or 0),
}
