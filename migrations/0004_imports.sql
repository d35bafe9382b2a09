-- Recordings on their way in from a URL. The row goes when the recording is there, or is swept when the job is over.
CREATE TABLE imports (
  job_id TEXT PRIMARY KEY,
  headers TEXT, -- file_headers, sealed (shared/secrets/seal.ts); null: none, or the job is over
  restarts INTEGER NOT NULL DEFAULT 0, -- how often parts that were stored had to be thrown away
  key TEXT, -- from here on null until the first part is stored
  upload_id TEXT,
  source TEXT, -- {filename, contentType, validator, total}: what the first answer said
  bytes INTEGER, -- once all parts are stored
  sha256 TEXT
) STRICT;

-- Parts of one size, but for the last. `digest` is SHA-256's state behind the part: a later Worker goes on from it.
CREATE TABLE import_parts (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  etag TEXT NOT NULL,
  digest TEXT, -- null: the part is the last, and the digest is in imports.sha256
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
