-- Limits of tenants, scopes of keys, requests that are made once, and what is metered.

ALTER TABLE tenants ADD COLUMN limits TEXT NOT NULL DEFAULT '{}'; -- JSON; a limit that is missing is none
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL
  DEFAULT '["jobs:write","jobs:read","webhooks","keys","usage"]';
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER; -- within a minute

-- Requests per minute of tenants that have a limit; a window begins with its first request.
CREATE TABLE request_windows (
  tenant_id TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL,
  requests INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Requests with an Idempotency-Key. No status: it runs, under a lease, or its Worker died.
CREATE TABLE idempotent_requests (
  tenant_id TEXT NOT NULL, -- 'operator' for the operator's
  key TEXT NOT NULL, -- SHA-256 of Idempotency-Key, hex
  fingerprint TEXT NOT NULL, -- of what the request says before its body, and of a short body
  content TEXT, -- SHA-256 of a streamed body's content, once it is known
  claim INTEGER NOT NULL DEFAULT 1, -- the fence
  lease_until INTEGER NOT NULL,
  status INTEGER,
  headers TEXT,
  body TEXT, -- sealed (shared/secrets/seal.ts): it may show a secret
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (created_at);

ALTER TABLE jobs ADD COLUMN key_id TEXT NOT NULL DEFAULT ''; -- whose key created it
ALTER TABLE uploads ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
-- 0: the speech API refused it. All else may have been billed, also a call whose Worker died.
ALTER TABLE calls ADD COLUMN billed INTEGER NOT NULL DEFAULT 1;
UPDATE calls SET billed = 0 WHERE outcome IN ('audio_too_long', 'file_too_large', 'unsupported_format',
  'invalid_params', 'direct_upload_too_large', 'rate_limited', 'unauthorized', 'unavailable');
-- What a job counts of its tenant's minutes, and on which day (2026-11-21, UTC). Null: nothing was sent upstream.
ALTER TABLE jobs ADD COLUMN metered_ms INTEGER;
ALTER TABLE jobs ADD COLUMN metered_day TEXT;
CREATE INDEX jobs_unfinished ON jobs (tenant_id) WHERE status IN ('queued', 'processing');
CREATE INDEX jobs_by_end ON jobs (completed_at) WHERE completed_at IS NOT NULL;

-- The two sums are kept by triggers, in the very transaction that writes what they sum up: they cannot drift from it,
-- whoever dies when, and reading them costs a row. Whole milliseconds and bytes, so that they are exact.
-- D1 counts what a trigger writes among `changes`: of a statement that fires one, ask whether they are 0.

CREATE TABLE usage_days (
  tenant_id TEXT NOT NULL,
  day TEXT NOT NULL,
  key_id TEXT NOT NULL,
  jobs INTEGER NOT NULL DEFAULT 0, -- created
  audio_ms INTEGER NOT NULL DEFAULT 0, -- of jobs whose recording was sent upstream, each once
  calls INTEGER NOT NULL DEFAULT 0, -- of the ledger that were, or may have been, billed
  billed_ms INTEGER NOT NULL DEFAULT 0, -- audio in these calls
  PRIMARY KEY (tenant_id, day, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stored_bytes (
  tenant_id TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL -- of recordings, and of uploads that are to become some
) STRICT, WITHOUT ROWID;

CREATE TRIGGER count_job AFTER INSERT ON jobs
BEGIN
  INSERT INTO usage_days (tenant_id, day, key_id, jobs)
  VALUES (NEW.tenant_id, strftime('%Y-%m-%d', NEW.created_at / 1000, 'unixepoch'), NEW.key_id, 1)
  ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER count_call AFTER INSERT ON calls
BEGIN
  INSERT INTO usage_days (tenant_id, day, key_id, calls, billed_ms)
  VALUES (NEW.tenant_id, strftime('%Y-%m-%d', NEW.started_at / 1000, 'unixepoch'), NEW.key_id, 1,
    CAST(round(NEW.audio_seconds * 1000) AS INTEGER))
  ON CONFLICT DO UPDATE SET calls = calls + 1, billed_ms = billed_ms + excluded.billed_ms;
END;

CREATE TRIGGER uncount_refused_call AFTER UPDATE OF billed ON calls
WHEN OLD.billed = 1 AND NEW.billed = 0
BEGIN
  UPDATE usage_days SET calls = calls - 1, billed_ms = billed_ms - CAST(round(NEW.audio_seconds * 1000) AS INTEGER)
  WHERE tenant_id = NEW.tenant_id AND key_id = NEW.key_id
    AND day = strftime('%Y-%m-%d', NEW.started_at / 1000, 'unixepoch');
END;

CREATE TRIGGER meter_job AFTER UPDATE OF metered_ms ON jobs
WHEN NEW.metered_ms IS NOT OLD.metered_ms
BEGIN
  INSERT INTO usage_days (tenant_id, day, key_id, audio_ms)
  VALUES (NEW.tenant_id, NEW.metered_day, NEW.key_id, COALESCE(NEW.metered_ms, 0) - COALESCE(OLD.metered_ms, 0))
  ON CONFLICT DO UPDATE SET audio_ms = audio_ms + excluded.audio_ms;
END;

CREATE TRIGGER count_bytes_of_job AFTER INSERT ON jobs
WHEN NEW.audio_key IS NOT NULL
BEGIN
  INSERT INTO stored_bytes VALUES (NEW.tenant_id, COALESCE(NEW.audio ->> 'bytes', 0))
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER recount_bytes_of_job AFTER UPDATE OF audio_key, audio ON jobs
WHEN iif(NEW.audio_key IS NULL, 0, COALESCE(NEW.audio ->> 'bytes', 0))
  <> iif(OLD.audio_key IS NULL, 0, COALESCE(OLD.audio ->> 'bytes', 0))
BEGIN
  INSERT INTO stored_bytes VALUES (NEW.tenant_id, iif(NEW.audio_key IS NULL, 0, COALESCE(NEW.audio ->> 'bytes', 0))
    - iif(OLD.audio_key IS NULL, 0, COALESCE(OLD.audio ->> 'bytes', 0)))
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER uncount_bytes_of_job AFTER DELETE ON jobs
WHEN OLD.audio_key IS NOT NULL
BEGIN
  UPDATE stored_bytes SET bytes = bytes - COALESCE(OLD.audio ->> 'bytes', 0) WHERE tenant_id = OLD.tenant_id;
END;

CREATE TRIGGER count_bytes_of_upload AFTER INSERT ON uploads
BEGIN
  INSERT INTO stored_bytes VALUES (NEW.tenant_id, COALESCE(NEW.bytes, NEW.offset))
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER recount_bytes_of_upload AFTER UPDATE OF bytes, offset, status ON uploads
WHEN iif(NEW.status = 'used', 0, COALESCE(NEW.bytes, NEW.offset))
  <> iif(OLD.status = 'used', 0, COALESCE(OLD.bytes, OLD.offset))
BEGIN
  UPDATE stored_bytes SET bytes = bytes + iif(NEW.status = 'used', 0, COALESCE(NEW.bytes, NEW.offset))
    - iif(OLD.status = 'used', 0, COALESCE(OLD.bytes, OLD.offset)) WHERE tenant_id = NEW.tenant_id;
END;

CREATE TRIGGER uncount_bytes_of_upload AFTER DELETE ON uploads
WHEN OLD.status <> 'used'
BEGIN
  UPDATE stored_bytes SET bytes = bytes - COALESCE(OLD.bytes, OLD.offset) WHERE tenant_id = OLD.tenant_id;
END;

-- Limits hold whichever door a job comes through, and however many come at once. The message names the limit.

CREATE TRIGGER limit_jobs_at_once BEFORE INSERT ON jobs
WHEN EXISTS (SELECT 1 FROM tenants WHERE id = NEW.tenant_id AND
  CASE WHEN limits ->> 'jobs_at_once' IS NULL THEN 0 ELSE limits ->> 'jobs_at_once' <= (
    SELECT count(*) FROM jobs WHERE tenant_id = NEW.tenant_id AND status IN ('queued', 'processing')) END)
BEGIN
  SELECT RAISE(ABORT, 'quota_exceeded jobs_at_once');
END;

CREATE TRIGGER limit_retried_jobs_at_once BEFORE UPDATE OF status ON jobs
WHEN OLD.status IN ('failed', 'canceled') AND NEW.status = 'queued' AND EXISTS (
  SELECT 1 FROM tenants WHERE id = NEW.tenant_id AND
  CASE WHEN limits ->> 'jobs_at_once' IS NULL THEN 0 ELSE limits ->> 'jobs_at_once' <= (
    SELECT count(*) FROM jobs WHERE tenant_id = NEW.tenant_id AND status IN ('queued', 'processing')) END)
BEGIN
  SELECT RAISE(ABORT, 'quota_exceeded jobs_at_once');
END;

-- The bytes of an upload were reserved when it began.
CREATE TRIGGER limit_bytes_of_jobs BEFORE INSERT ON jobs
WHEN NEW.audio_key IS NOT NULL AND EXISTS (SELECT 1 FROM tenants WHERE id = NEW.tenant_id AND
  CASE WHEN limits ->> 'bytes_stored' IS NULL THEN 0 ELSE limits ->> 'bytes_stored' < NEW.audio ->> 'bytes' +
    COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) END)
  AND NOT EXISTS (SELECT 1 FROM uploads WHERE job_id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'quota_exceeded bytes_stored');
END;

CREATE TRIGGER limit_bytes_of_uploads BEFORE INSERT ON uploads
WHEN EXISTS (SELECT 1 FROM tenants WHERE id = NEW.tenant_id AND
  CASE WHEN limits ->> 'bytes_stored' IS NULL THEN 0 ELSE limits ->> 'bytes_stored' < COALESCE(NEW.bytes, 1) +
    COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) END)
BEGIN
  SELECT RAISE(ABORT, 'quota_exceeded bytes_stored');
END;

-- What there is already.
INSERT INTO usage_days (tenant_id, day, key_id, jobs)
SELECT tenant_id, strftime('%Y-%m-%d', created_at / 1000, 'unixepoch') AS day, '', count(*) FROM jobs GROUP BY 1, 2;
INSERT INTO usage_days (tenant_id, day, key_id, calls, billed_ms)
SELECT tenant_id, strftime('%Y-%m-%d', started_at / 1000, 'unixepoch') AS day, '', count(*),
  sum(CAST(round(audio_seconds * 1000) AS INTEGER))
FROM calls WHERE billed = 1 GROUP BY 1, 2
ON CONFLICT DO UPDATE SET calls = excluded.calls, billed_ms = excluded.billed_ms;
UPDATE jobs SET metered_day = strftime('%Y-%m-%d', created_at / 1000, 'unixepoch'),
  metered_ms = CAST(round((audio ->> 'duration') * 1000) AS INTEGER)
WHERE audio ->> 'duration' IS NOT NULL AND EXISTS (SELECT 1 FROM calls WHERE job_id = jobs.id AND billed = 1);
INSERT INTO stored_bytes
SELECT tenant_id, sum(bytes) FROM (
  SELECT tenant_id, COALESCE(audio ->> 'bytes', 0) AS bytes FROM jobs WHERE audio_key IS NOT NULL
  UNION ALL SELECT tenant_id, COALESCE(bytes, offset) FROM uploads WHERE status <> 'used') GROUP BY tenant_id;
