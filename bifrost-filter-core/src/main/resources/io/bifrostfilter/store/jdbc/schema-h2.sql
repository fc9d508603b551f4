-- The tables of the JDBC store of bifrost-filter on H2 2.2 and newer, version 1.
-- For another table prefix, replace bifrost_ throughout. Times are milliseconds since 1970, UTC.

-- Commits are written at once, not up to half a second later. A setting of the whole database, which it keeps.
SET WRITE_DELAY 0;

CREATE TABLE IF NOT EXISTS bifrost_schema (
  version integer NOT NULL PRIMARY KEY
);

-- status: 0 pending, 1 processing, 2 completed, 3 failed.
CREATE TABLE IF NOT EXISTS bifrost_jobs (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  request_id character varying NOT NULL,
  route character varying NOT NULL,
  model character varying,
  owner character varying,
  key_scope character varying,
  key_fingerprint character varying,
  ttl_ms bigint NOT NULL,
  created_at bigint NOT NULL,
  status smallint NOT NULL,
  attempts integer NOT NULL,
  lease_token bigint NOT NULL,
  leased_until bigint,
  status_code integer,
  completed_at bigint,
  expires_at bigint
);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_jobs_id ON bifrost_jobs (id);
CREATE UNIQUE INDEX IF NOT EXISTS bifrost_jobs_key ON bifrost_jobs (key_scope);
CREATE INDEX IF NOT EXISTS bifrost_jobs_status ON bifrost_jobs (status, seq);
CREATE INDEX IF NOT EXISTS bifrost_jobs_expiry ON bifrost_jobs (status, expires_at);
CREATE INDEX IF NOT EXISTS bifrost_jobs_completed ON bifrost_jobs (completed_at);

-- The requests of jobs that are not done, and the results of those that are, sealed.
CREATE TABLE IF NOT EXISTS bifrost_requests (
  job_id uuid NOT NULL PRIMARY KEY,
  sealed binary large object NOT NULL
);

CREATE TABLE IF NOT EXISTS bifrost_results (
  job_id uuid NOT NULL PRIMARY KEY,
  sealed binary large object NOT NULL
);

INSERT INTO bifrost_schema (version) VALUES (1);
