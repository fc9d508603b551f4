-- ARGV: now, name. Returns the endpoint, or nothing if there is none.

local id = find_named(ARGV[2])
return id and shown_endpoint(id) or {}
