-- What all scripts share; it stands before each of them.
--
-- KEYS[1] begins the name of every key of the store. Its hash tag puts them all in one slot, so
-- that a script may touch those that it learns of as it runs.
-- ARGV[1] is the time in milliseconds; if it is empty, the server's own clock counts.
--
-- A server without memory refuses the first write of a script if that could take more, and lets the
-- script run to its end otherwise. So what begins with a removal is never refused.

local prefix = KEYS[1]
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- An entry for each job that is not done, oldest first. The group has read those that were claimed:
-- they are RUNNING, or wait again since they were RETURNED.
local QUEUE = prefix .. 'queue'
local GROUP = 'workers'
local RUNNING = 'running'
local RETURNED = 'returned'
-- Running jobs, by the end of their leases.
local LEASES = prefix .. 'leases'
-- How many jobs of each owner wait.
local OWNERS = prefix .. 'owners'
-- All jobs, by the time that they were created.
local CREATED = prefix .. 'created'
-- How many bytes requests and results take.
local BYTES = prefix .. 'bytes'
-- Webhook endpoints that something is to be delivered to, by when the first of it may be claimed.
local MAILBOXES = prefix .. 'mailboxes'

-- All digits, which tostring does not always give.
local function digits(number)
  return string.format('%.0f', number)
end

local function job_key(id)
  return prefix .. 'job:' .. id
end

local function request_key(id)
  return prefix .. 'request:' .. id
end

local function result_key(id)
  return prefix .. 'result:' .. id
end

local function idempotency_key(scope)
  return prefix .. 'key:' .. scope
end

-- Jobs that are done, by when they expire. Each of them stands there with the size of its result, which
-- is not there any more when it is forgotten.
local function done_key(status)
  return prefix .. status
end

local function done_member(id, size)
  return id .. ' ' .. size
end

-- What an endpoint is to be told of a job, and what is known of its attempts.
local function delivery_key(job_id)
  return prefix .. 'delivery:' .. job_id
end

-- Deliveries to an endpoint that are not over, by when they may be claimed: their time has come by
-- then, or their lease has lapsed.
local function due_key(endpoint)
  return prefix .. 'due:' .. endpoint
end

local function tell(change, id)
  redis.call('PUBLISH', prefix .. 'changes', change .. ' ' .. id)
end

-- The fields of a job that has not expired; nil if there is none.
local function find(id)
  local list = redis.call('HGETALL', job_key(id))
  if #list == 0 then
    return nil
  end
  local job = {}
  for i = 1, #list, 2 do
    job[list[i]] = list[i + 1]
  end
  if job.expires and tonumber(job.expires) <= now then
    return nil
  end
  return job
end

-- A running job, if that is the token of its lease; else nil.
local function find_leased(id, token)
  local job = find(id)
  if job and job.status == 'processing' and job.token == token then
    return job
  end
  return nil
end

-- A job as it is answered: its id, its fields, and the result if it has one.
local function shown(id)
  return { id, redis.call('HGETALL', job_key(id)), redis.call('GET', result_key(id)) }
end

local function waiting()
  return redis.call('XLEN', QUEUE) - redis.call('ZCARD', LEASES)
end

-- Counts a job of that owner that begins (1) or ceases (-1) to wait.
local function count_waiting(job, by)
  local owner = job.owner or ''
  if redis.call('HINCRBY', OWNERS, owner, by) <= 0 then
    redis.call('HDEL', OWNERS, owner)
  end
end

-- A job that was not done is not to run any more.
local function leave_queue(id, job)
  redis.call('XACK', QUEUE, GROUP, job.entry)
  redis.call('XDEL', QUEUE, job.entry)
  if job.status == 'pending' then
    count_waiting(job, -1)
  else
    redis.call('ZREM', LEASES, id)
  end
end

-- A running job waits again, in its old place.
local function give_back(id, job, attempts)
  redis.call('ZREM', LEASES, id)
  redis.call('XCLAIM', QUEUE, GROUP, RETURNED, 0, job.entry, 'JUSTID')
  redis.call('HDEL', job_key(id), 'token')
  redis.call('HSET', job_key(id), 'status', 'pending', 'attempts', attempts)
  count_waiting(job, 1)
  tell('pending', id)
end

-- Brings an index of sorted sets, by the least that is in each, up to date with one of them.
local function index_least(index, name, set)
  local least = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
  if least[1] then
    redis.call('ZADD', index, least[2], name)
  else
    redis.call('ZREM', index, name)
  end
end

-- A delivery may be claimed from that time on.
local function schedule(endpoint, job_id, time)
  redis.call('ZADD', due_key(endpoint), time, job_id)
  index_least(MAILBOXES, endpoint, due_key(endpoint))
end

-- Records how a job ended that was not done. From here on its keys expire by themselves.
local function finish(id, job, status, code, result)
  local completed = math.max(now, tonumber(job.created))
  local expires = completed + tonumber(job.ttl)
  local left = digits(expires - now)
  local request_size = redis.call('STRLEN', request_key(id))
  -- A result that takes no more than its request gives back is never refused, nor is a short one.
  if #result > 4096 and #result > request_size then
    redis.call('SET', result_key(id), result, 'PX', left)
    redis.call('UNLINK', request_key(id))
  else
    redis.call('UNLINK', request_key(id))
    redis.call('SET', result_key(id), result, 'PX', left)
  end
  leave_queue(id, job)
  redis.call('HDEL', job_key(id), 'token', 'entry')
  redis.call('HSET', job_key(id), 'status', status, 'code', code,
      'completed', digits(completed), 'expires', digits(expires))
  redis.call('PEXPIRE', job_key(id), left)
  if job.scope then
    redis.call('PEXPIRE', idempotency_key(job.scope), left)
  end
  redis.call('ZADD', done_key(status), digits(expires), done_member(id, #result))
  redis.call('INCRBY', BYTES, #result - request_size)
  if job.webhook then
    redis.call('HSET', delivery_key(id), 'endpoint', job.webhook, 'request_id', job.request_id,
        'route', job.route, 'status', status, 'code', code,
        'completed', digits(completed), 'expires', digits(expires), 'next_attempt', 1)
    schedule(job.webhook, id, digits(now))
  end
  tell('done', id)
end

-- The key opens nothing any more, unless it is another job's by now.
local function free_idempotency_key(id, scope)
  if scope and redis.call('GET', idempotency_key(scope)) == id then
    redis.call('DEL', idempotency_key(scope))
  end
end
