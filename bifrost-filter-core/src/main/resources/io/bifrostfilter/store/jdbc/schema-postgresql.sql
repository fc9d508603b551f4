-- The tables of the JDBC store of bifrost-filter on PostgreSQL 13 and newer, version 1.
-- For another table prefix, replace bifrost_ throughout. Times are milliseconds since 1970, UTC.

CREATE TABLE IF NOT EXISTS bifrost_schema (
  version integer NOT NULL PRIMARY KEY
);

-- status: 0 pending, 1 processing, 2 completed, 3 failed. It is in no index, and there is room in each page, so that a
-- claim writes one new version of one row and no more; ended is what indexes have instead.
-- The files are not cut when they are emptied: plans that were made for an empty table are slow on a full one.
CREATE TABLE IF NOT EXISTS bifrost_jobs (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  request_id text NOT NULL,
  route text NOT NULL,
  model text,
  owner text,
  key_scope text,
  key_fingerprint text,
  webhook uuid,
  tag text NOT NULL,
  ttl_ms bigint NOT NULL,
  created_at bigint NOT NULL,
  status smallint NOT NULL,
  attempts integer NOT NULL,
  lease_token bigint NOT NULL,
  leased_until bigint,
  status_code integer,
  completed_at bigint,
  expires_at bigint,
  ended smallint GENERATED ALWAYS AS (CASE WHEN status >= 2 THEN status END) STORED
) WITH (fillfactor = 50, vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_jobs_id ON bifrost_jobs (id);
CREATE UNIQUE INDEX IF NOT EXISTS bifrost_jobs_key ON bifrost_jobs (key_scope) WHERE key_scope IS NOT NULL;
CREATE INDEX IF NOT EXISTS bifrost_jobs_unfinished ON bifrost_jobs (ended, seq) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS bifrost_jobs_expiry ON bifrost_jobs (ended, expires_at) WHERE ended IS NOT NULL;
CREATE INDEX IF NOT EXISTS bifrost_jobs_completed ON bifrost_jobs (completed_at) WHERE completed_at IS NOT NULL;

-- The requests of jobs that are not done, and the results of those that are, sealed.
CREATE TABLE IF NOT EXISTS bifrost_requests (
  job_id uuid NOT NULL PRIMARY KEY,
  sealed bytea NOT NULL
) WITH (vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE TABLE IF NOT EXISTS bifrost_results (
  job_id uuid NOT NULL PRIMARY KEY,
  sealed bytea NOT NULL
) WITH (vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

-- Ciphertext does not compress: do not try.
ALTER TABLE bifrost_requests ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE bifrost_results ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Receivers of webhooks; all that is secret is sealed.
CREATE TABLE IF NOT EXISTS bifrost_endpoints (
  id uuid NOT NULL PRIMARY KEY,
  name text NOT NULL,
  version bigint NOT NULL,
  sealed bytea NOT NULL,
  consecutive_failures bigint NOT NULL,
  last_success_at bigint,
  last_failure_at bigint
);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_endpoints_name ON bifrost_endpoints (name);

-- due_at: when it may be claimed, which is when the lease lapses if it is; 9223372036854775807 once it is over.
CREATE TABLE IF NOT EXISTS bifrost_deliveries (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_id text NOT NULL,
  endpoint_id uuid NOT NULL,
  job_id uuid NOT NULL,
  request_id text NOT NULL,
  route text NOT NULL,
  status smallint NOT NULL,
  status_code integer NOT NULL,
  completed_at bigint NOT NULL,
  result_expires_at bigint NOT NULL,
  attempt_no integer NOT NULL,
  due_at bigint NOT NULL,
  lease_token bigint NOT NULL
) WITH (vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_deliveries_webhook ON bifrost_deliveries (webhook_id);
CREATE INDEX IF NOT EXISTS bifrost_deliveries_due ON bifrost_deliveries (endpoint_id, due_at, seq);

CREATE TABLE IF NOT EXISTS bifrost_attempts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  webhook_id text NOT NULL,
  endpoint_id uuid NOT NULL,
  job_id uuid NOT NULL,
  request_id text NOT NULL,
  event text NOT NULL,
  attempt_no integer NOT NULL,
  outcome text NOT NULL,
  status_code integer,
  error text,
  created_at bigint NOT NULL
) WITH (vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_attempts_id ON bifrost_attempts (id);
CREATE INDEX IF NOT EXISTS bifrost_attempts_endpoint ON bifrost_attempts (endpoint_id, created_at, seq);
CREATE INDEX IF NOT EXISTS bifrost_attempts_webhook ON bifrost_attempts (webhook_id);
CREATE INDEX IF NOT EXISTS bifrost_attempts_created ON bifrost_attempts (created_at);

INSERT INTO bifrost_schema (version) VALUES (1);
