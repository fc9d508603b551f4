-- ARGV: now, id. Returns the endpoint, or nothing if there is none.

if redis.call('EXISTS', endpoint_key(ARGV[2])) == 0 then
  return {}
end
return shown_endpoint(ARGV[2])
