-- Takes waiting jobs, oldest first, and leases them.
-- ARGV: now, how many at most, milliseconds of the lease, how many bytes of requests to stop at.
-- Returns for each: its token, its sealed request, and the job.

local most, bytes_left = tonumber(ARGV[2]), tonumber(ARGV[4])
local lease_end = digits(now + tonumber(ARGV[3]))

local function read(consumer, after)
  local streams = redis.call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', 1, 'STREAMS', QUEUE, after)
  return streams and streams[1][2][1]
end

-- Those that were given back are older than any that nobody has read.
local function next_entry()
  local returned = read(RETURNED, '0')
  if returned then
    redis.call('XCLAIM', QUEUE, GROUP, RUNNING, 0, returned[1], 'JUSTID')
    return returned
  end
  return read(RUNNING, '>')
end

local claimed = {}
if waiting() <= 0 then
  return claimed
end
-- The first write, which is refused if there is no memory: no job runs then whose result has no room.
local token = redis.call('INCRBY', prefix .. 'tokens', most) - most
while #claimed < most and bytes_left > 0 do
  local entry = next_entry()
  if not entry then
    break
  end
  local id = entry[2] and entry[2][2]
  local job = id and find(id)
  if job and job.status == 'pending' then
    token = token + 1
    count_waiting(job, -1)
    redis.call('ZADD', LEASES, lease_end, id)
    redis.call('HINCRBY', job_key(id), 'attempts', 1)
    redis.call('HSET', job_key(id), 'status', 'processing', 'token', digits(token))
    local request = redis.call('GET', request_key(id)) or ''
    bytes_left = bytes_left - #request
    claimed[#claimed + 1] = { digits(token), request, shown(id) }
  else
    -- Somebody has removed keys by hand.
    redis.call('XACK', QUEUE, GROUP, entry[1])
    redis.call('XDEL', QUEUE, entry[1])
  end
end
return claimed
