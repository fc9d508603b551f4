-- ARGV: now, attempt. Returns it, or nothing if there is none.

return shown_attempt(ARGV[2]) or {}
