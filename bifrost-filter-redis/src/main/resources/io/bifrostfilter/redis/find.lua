-- ARGV: now, id. Returns the job, or nothing if there is none.

if not find(ARGV[2]) then
  return {}
end
return shown(ARGV[2])
