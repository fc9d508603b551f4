-- ARGV: now, endpoint, place of the first from 0 on, place of the last. Returns its newest attempts.

local newest = {}
for _, id in ipairs(redis.call('ZREVRANGE', history_key(ARGV[2]), ARGV[3], ARGV[4])) do
  newest[#newest + 1] = shown_attempt(id)
end
return newest
