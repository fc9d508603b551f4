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
  webhook uuid,
  tag character varying NOT NULL,
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

-- Receivers of webhooks; all that is secret is sealed.
CREATE TABLE IF NOT EXISTS bifrost_endpoints (
  id uuid NOT NULL PRIMARY KEY,
  name character varying NOT NULL,
  version bigint NOT NULL,
  sealed binary large object NOT NULL,
  consecutive_failures bigint NOT NULL,
  last_success_at bigint,
  last_failure_at bigint
);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_endpoints_name ON bifrost_endpoints (name);

-- due_at: when it may be claimed, which is when the lease lapses if it is; 9223372036854775807 once it is over.
CREATE TABLE IF NOT EXISTS bifrost_deliveries (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_id character varying NOT NULL,
  endpoint_id uuid NOT NULL,
  job_id uuid NOT NULL,
  request_id character varying NOT NULL,
  route character varying NOT NULL,
  status smallint NOT NULL,
  status_code integer NOT NULL,
  completed_at bigint NOT NULL,
  result_expires_at bigint NOT NULL,
  attempt_no integer NOT NULL,
  due_at bigint NOT NULL,
  lease_token bigint NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_deliveries_webhook ON bifrost_deliveries (webhook_id);
CREATE INDEX IF NOT EXISTS bifrost_deliveries_due ON bifrost_deliveries (endpoint_id, due_at, seq);

CREATE TABLE IF NOT EXISTS bifrost_attempts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  webhook_id character varying NOT NULL,
  endpoint_id uuid NOT NULL,
  job_id uuid NOT NULL,
  request_id character varying NOT NULL,
  event character varying NOT NULL,
  attempt_no integer NOT NULL,
  outcome character varying NOT NULL,
  status_code integer,
  error character varying,
  created_at bigint NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS bifrost_attempts_id ON bifrost_attempts (id);
CREATE INDEX IF NOT EXISTS bifrost_attempts_endpoint ON bifrost_attempts (endpoint_id, created_at, seq);
CREATE INDEX IF NOT EXISTS bifrost_attempts_webhook ON bifrost_attempts (webhook_id);
CREATE INDEX IF NOT EXISTS bifrost_attempts_created ON bifrost_attempts (created_at);

INSERT INTO bifrost_schema (version) VALUES (1);
