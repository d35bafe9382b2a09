-- How long a job's recording and transcript are kept after its end. Null: until the job is deleted.
ALTER TABLE jobs ADD COLUMN retain_audio_days INTEGER;
ALTER TABLE jobs ADD COLUMN retain_transcript_days INTEGER;
ALTER TABLE jobs ADD COLUMN audio_removed_at INTEGER;
ALTER TABLE jobs ADD COLUMN transcript_removed_at INTEGER;

-- Computed, so that whatever ends a job or takes it up again need not think of it. A job that did not complete keeps its
-- recording for a day at least: it can be retried, and a Worker may still be writing.
ALTER TABLE jobs ADD COLUMN audio_until INTEGER AS (
  CASE WHEN audio_removed_at IS NULL AND audio_key IS NOT NULL
    THEN completed_at + 86400000 * max(retain_audio_days, status <> 'completed') END
) VIRTUAL;
ALTER TABLE jobs ADD COLUMN transcript_until INTEGER AS (
  CASE WHEN transcript_removed_at IS NULL AND result IS NOT NULL
    THEN completed_at + 86400000 * retain_transcript_days END
) VIRTUAL;
-- With nothing left to keep, the job itself goes.
ALTER TABLE jobs ADD COLUMN job_until INTEGER AS (
  completed_at + 86400000 * max(retain_audio_days, retain_transcript_days)
) VIRTUAL;
CREATE INDEX jobs_by_audio_until ON jobs (audio_until) WHERE audio_until IS NOT NULL;
CREATE INDEX jobs_by_transcript_until ON jobs (transcript_until) WHERE transcript_until IS NOT NULL;
CREATE INDEX jobs_by_job_until ON jobs (job_until) WHERE job_until IS NOT NULL;

-- What a tenant's jobs have when they do not say. No row: everything is kept.
CREATE TABLE retention_defaults (
  tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
  audio_days INTEGER,
  transcript_days INTEGER
) STRICT;

ALTER TABLE purges ADD COLUMN kind TEXT; -- 'audio' or 'raw', when the job stays; null: both

ALTER TABLE events ADD COLUMN webhook_url TEXT; -- of a job that is gone

-- A recording that was removed takes no room.
DROP TRIGGER recount_bytes_of_job;
CREATE TRIGGER recount_bytes_of_job AFTER UPDATE OF audio_key, audio, audio_removed_at ON jobs
WHEN iif(NEW.audio_key IS NULL OR NEW.audio_removed_at IS NOT NULL, 0, COALESCE(NEW.audio ->> 'bytes', 0))
  <> iif(OLD.audio_key IS NULL OR OLD.audio_removed_at IS NOT NULL, 0, COALESCE(OLD.audio ->> 'bytes', 0))
BEGIN
  INSERT INTO stored_bytes VALUES (NEW.tenant_id,
    iif(NEW.audio_key IS NULL OR NEW.audio_removed_at IS NOT NULL, 0, COALESCE(NEW.audio ->> 'bytes', 0))
    - iif(OLD.audio_key IS NULL OR OLD.audio_removed_at IS NOT NULL, 0, COALESCE(OLD.audio ->> 'bytes', 0)))
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;
DROP TRIGGER uncount_bytes_of_job;
CREATE TRIGGER uncount_bytes_of_job AFTER DELETE ON jobs
WHEN OLD.audio_key IS NOT NULL AND OLD.audio_removed_at IS NULL
BEGIN
  UPDATE stored_bytes SET bytes = bytes - COALESCE(OLD.audio ->> 'bytes', 0) WHERE tenant_id = OLD.tenant_id;
END;
