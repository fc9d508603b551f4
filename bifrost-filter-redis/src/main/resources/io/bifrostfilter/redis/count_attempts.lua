-- ARGV: now, endpoint. Returns how many attempts it has.

return { redis.call('ZCARD', history_key(ARGV[2])) }
