-- What the scripts of endpoints, deliveries and attempts share; it stands between common.lua and each
-- of them.

-- The id of the endpoint of each name.
local NAMES = prefix .. 'endpoints'
-- Endpoints that have a history, by when its oldest attempt was made.
local HISTORIES = prefix .. 'histories'

local function endpoint_key(id)
  return prefix .. 'endpoint:' .. id
end

local function attempt_key(id)
  return prefix .. 'attempt:' .. id
end

-- Attempts of an endpoint, by when they were made.
local function history_key(endpoint)
  return prefix .. 'history:' .. endpoint
end

-- The id of the endpoint of that name; nil if there is none.
local function find_named(name)
  local id = redis.call('HGET', NAMES, name)
  return id and redis.call('EXISTS', endpoint_key(id)) == 1 and id or nil
end

-- An endpoint as it is answered; all but its id is empty if there is none.
local function shown_endpoint(id)
  local fields = redis.call('HMGET', endpoint_key(id),
      'version', 'failures', 'last_success', 'last_failure', 'sealed', 'name')
  return { id, unpack(fields) }
end

-- The endpoint of a delivery, if that is the token of its claim; else nil.
local function endpoint_of_claim(job_id, token)
  local fields = redis.call('HMGET', delivery_key(job_id), 'endpoint', 'token')
  return fields[2] == token and fields[1] or nil
end

-- Nobody is to claim a delivery any more. What begins with this is never refused for lack of memory.
local function unschedule(endpoint, job_id)
  redis.call('ZREM', due_key(endpoint), job_id)
  index_least(MAILBOXES, endpoint, due_key(endpoint))
end

-- An attempt as it is answered; nil if there is none.
local function shown_attempt(id)
  local job_id = redis.call('HGET', attempt_key(id), 'job')
  local delivery = job_id and redis.call('HGETALL', delivery_key(job_id)) or {}
  if #delivery == 0 then
    return nil
  end
  return { id, redis.call('HGETALL', attempt_key(id)), job_id, delivery }
end

-- Removes the oldest attempts of an endpoint, and the deliveries that are over and have none left.
local function forget_attempts(endpoint, ids)
  for _, id in ipairs(ids) do
    local job_id = redis.call('HGET', attempt_key(id), 'job')
    redis.call('ZREM', history_key(endpoint), id)
    redis.call('UNLINK', attempt_key(id))
    if job_id and redis.call('EXISTS', delivery_key(job_id)) == 1 then
      local left = redis.call('HINCRBY', delivery_key(job_id), 'kept', -1)
      if left <= 0 and not redis.call('ZSCORE', due_key(endpoint), job_id) then
        redis.call('UNLINK', delivery_key(job_id))
      end
    end
  end
  index_least(HISTORIES, endpoint, history_key(endpoint))
end
