-- ARGV: now, id, version that must be stored, next version, name, sealed endpoint.
-- Returns 'replaced', 'name_taken' or 'outdated'.

local id, name = ARGV[2], ARGV[5]
local stored = redis.call('HMGET', endpoint_key(id), 'version', 'name')
if stored[1] ~= ARGV[3] then
  return { 'outdated' }
end
local named = find_named(name)
if named and named ~= id then
  return { 'name_taken' }
end
-- A removal first, so that an endpoint can be disabled on a server that has no memory, too.
redis.call('HDEL', NAMES, stored[2])
redis.call('HSET', NAMES, name, id)
redis.call('HSET', endpoint_key(id), 'version', ARGV[4], 'name', name, 'sealed', ARGV[6])
return { 'replaced' }
