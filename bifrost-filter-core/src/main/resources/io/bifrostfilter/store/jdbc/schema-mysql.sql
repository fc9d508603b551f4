-- The tables of the JDBC store of bifrost-filter on MySQL 8 and MariaDB 10.6 and newer, version 1.
-- For another table prefix, replace bifrost_ throughout. Times are milliseconds since 1970, UTC.

CREATE TABLE IF NOT EXISTS bifrost_schema (
  version integer NOT NULL PRIMARY KEY
) ENGINE = InnoDB;

-- status: 0 pending, 1 processing, 2 completed, 3 failed. Keys and owners are hashes in base64, so case counts.
CREATE TABLE IF NOT EXISTS bifrost_jobs (
  seq bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id binary(16) NOT NULL,
  request_id text NOT NULL,
  route text NOT NULL,
  model mediumtext,
  owner varchar(255) CHARACTER SET ascii COLLATE ascii_bin,
  key_scope varchar(255) CHARACTER SET ascii COLLATE ascii_bin,
  key_fingerprint varchar(255) CHARACTER SET ascii COLLATE ascii_bin,
  webhook binary(16),
  tag varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ttl_ms bigint NOT NULL,
  created_at bigint NOT NULL,
  status smallint NOT NULL,
  attempts integer NOT NULL,
  lease_token bigint NOT NULL,
  leased_until bigint,
  status_code integer,
  completed_at bigint,
  expires_at bigint,
  UNIQUE KEY bifrost_jobs_id (id),
  UNIQUE KEY bifrost_jobs_key (key_scope),
  KEY bifrost_jobs_status (status, seq),
  KEY bifrost_jobs_expiry (status, expires_at),
  KEY bifrost_jobs_completed (completed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The requests of jobs that are not done, and the results of those that are, sealed.
CREATE TABLE IF NOT EXISTS bifrost_requests (
  job_id binary(16) NOT NULL PRIMARY KEY,
  sealed longblob NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS bifrost_results (
  job_id binary(16) NOT NULL PRIMARY KEY,
  sealed longblob NOT NULL
) ENGINE = InnoDB;

-- Receivers of webhooks; all that is secret is sealed. Names in bytes of UTF-8, of which spaces at the end count.
CREATE TABLE IF NOT EXISTS bifrost_endpoints (
  id binary(16) NOT NULL PRIMARY KEY,
  name varbinary(1024) NOT NULL,
  version bigint NOT NULL,
  sealed longblob NOT NULL,
  consecutive_failures bigint NOT NULL,
  last_success_at bigint,
  last_failure_at bigint,
  UNIQUE KEY bifrost_endpoints_name (name)
) ENGINE = InnoDB;

-- due_at: when it may be claimed, which is when the lease lapses if it is; 9223372036854775807 once it is over.
CREATE TABLE IF NOT EXISTS bifrost_deliveries (
  seq bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  webhook_id varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  endpoint_id binary(16) NOT NULL,
  job_id binary(16) NOT NULL,
  request_id text NOT NULL,
  route text NOT NULL,
  status smallint NOT NULL,
  status_code integer NOT NULL,
  completed_at bigint NOT NULL,
  result_expires_at bigint NOT NULL,
  attempt_no integer NOT NULL,
  due_at bigint NOT NULL,
  lease_token bigint NOT NULL,
  UNIQUE KEY bifrost_deliveries_webhook (webhook_id),
  KEY bifrost_deliveries_due (endpoint_id, due_at, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS bifrost_attempts (
  seq bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id binary(16) NOT NULL,
  webhook_id varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  endpoint_id binary(16) NOT NULL,
  job_id binary(16) NOT NULL,
  request_id text NOT NULL,
  event varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempt_no integer NOT NULL,
  outcome varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status_code integer,
  error text,
  created_at bigint NOT NULL,
  UNIQUE KEY bifrost_attempts_id (id),
  KEY bifrost_attempts_endpoint (endpoint_id, created_at, seq),
  KEY bifrost_attempts_webhook (webhook_id),
  KEY bifrost_attempts_created (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO bifrost_schema (version) VALUES (1);
