-- ARGV: now. Returns all endpoints.

local all = {}
for _, id in ipairs(redis.call('HVALS', NAMES)) do
  if redis.call('EXISTS', endpoint_key(id)) == 1 then
    all[#all + 1] = shown_endpoint(id)
  end
end
return all
