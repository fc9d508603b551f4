-- ARGV: now, id, version, name, sealed endpoint. Returns 1, or nothing if the name is taken.

local id, name = ARGV[2], ARGV[4]
if find_named(name) then
  return {}
end
redis.call('HSET', NAMES, name, id)
redis.call('HSET', endpoint_key(id), 'version', ARGV[3], 'name', name, 'sealed', ARGV[5])
return { 1 }
