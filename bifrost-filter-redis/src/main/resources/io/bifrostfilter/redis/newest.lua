-- ARGV: now, how many at most. Returns id and fields of each of the newest jobs.

local most = tonumber(ARGV[2])
local newest = {}
local from = 0
while #newest < most do
  local ids = redis.call('ZREVRANGE', CREATED, from, from + most - 1)
  if #ids == 0 then
    break
  end
  for _, id in ipairs(ids) do
    if #newest < most and find(id) then
      newest[#newest + 1] = { id, redis.call('HGETALL', job_key(id)), false }
    end
  end
  from = from + most
end
return newest
