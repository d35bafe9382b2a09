-- A key that reads one job alone: what a shared link carries. It goes with its job, or when it has expired.
ALTER TABLE api_keys ADD COLUMN job_id TEXT;
CREATE INDEX api_keys_of_job ON api_keys (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX shares_by_end ON api_keys (expires_at) WHERE job_id IS NOT NULL;
