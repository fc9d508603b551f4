-- ARGV: now. Returns the endpoints that something is to be delivered to; those that are gone, too.

local due = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', MAILBOXES, '-inf', digits(now))) do
  due[#due + 1] = shown_endpoint(id)
end
return due
