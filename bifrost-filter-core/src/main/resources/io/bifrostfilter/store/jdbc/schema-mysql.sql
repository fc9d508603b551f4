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

INSERT INTO bifrost_schema (version) VALUES (1);
