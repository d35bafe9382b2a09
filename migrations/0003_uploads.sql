-- Resumable uploads. The bytes lie under the job's key from the start, so that the job takes them over as they are.

CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  job_id TEXT NOT NULL UNIQUE, -- the id that its job will have
  status TEXT NOT NULL CHECK (status IN ('receiving', 'stored', 'used')),
  key TEXT NOT NULL,
  filename TEXT,
  content_type TEXT NOT NULL,
  metadata TEXT NOT NULL, -- Upload-Metadata as it came
  request TEXT, -- the options of the job that it becomes by itself, checked; null: it waits for POST /v1/jobs
  bytes INTEGER, -- null until the client knows
  offset INTEGER NOT NULL DEFAULT 0, -- how many bytes are safe: whole parts and the tail
  multipart TEXT, -- R2's id, once there is a whole part
  direct INTEGER NOT NULL DEFAULT 0, -- 1: the client puts its parts into R2 by itself
  next_part INTEGER NOT NULL DEFAULT 1, -- a number that no Worker has used or can still be using
  tail TEXT, -- the object with the bytes behind the last whole part
  hash TEXT, -- SHA-256: its state behind the last whole part, in the end the hash; both hex
  fence INTEGER NOT NULL DEFAULT 0, -- every claim raises it, every later write names it
  lease_until INTEGER, -- null: nobody is writing
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  sweep_at INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_to_sweep ON uploads (sweep_at);

CREATE TABLE upload_parts (
  upload_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  etag TEXT NOT NULL,
  PRIMARY KEY (upload_id, n)
) STRICT, WITHOUT ROWID;
