-- Times are integer milliseconds since 1970 (UTC). JSON columns hold what the API shows, as text.

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  webhook_secret TEXT NOT NULL, -- sealed (shared/secrets/seal.ts); signs what goes to a job's webhook_url
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE, -- SHA-256 of the key, hex; the key itself is shown once and kept nowhere
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  status TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'canceled')),
  stage TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0, -- the fence: every claim raises it, every later write names it
  failures INTEGER NOT NULL DEFAULT 0, -- attempts that died or that the upstream failed; waiting counts as none
  not_before INTEGER, -- no claim earlier than this: the upstream asked us to wait
  waiting_for TEXT, -- why, as a code
  sweep_at INTEGER, -- when the sweep looks at this job: end of the lease, or time to repeat the wake-up
  sequence INTEGER NOT NULL DEFAULT 0, -- number of events this job has caused
  task TEXT NOT NULL,
  options TEXT NOT NULL,
  source_url TEXT, -- set until the audio has been imported from it
  audio_key TEXT, -- null until the audio is in R2
  audio TEXT NOT NULL,
  fingerprint TEXT, -- same audio, same options: a finished transcript may be used again
  spending INTEGER NOT NULL DEFAULT 0, -- 1 while this job is the one that pays for its fingerprint
  result TEXT,
  transcript_attempt INTEGER, -- whose slices are the transcript
  error TEXT,
  webhook_url TEXT,
  metadata TEXT NOT NULL,
  tags TEXT NOT NULL,
  external_id TEXT,
  upstream_ms INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  stored_at INTEGER,
  started_at INTEGER,
  completed_at INTEGER
) STRICT;
CREATE INDEX jobs_by_tenant ON jobs (tenant_id, id);
CREATE INDEX jobs_by_external_id ON jobs (tenant_id, external_id, id) WHERE external_id IS NOT NULL;
CREATE INDEX jobs_by_fingerprint ON jobs (tenant_id, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX jobs_to_sweep ON jobs (sweep_at) WHERE sweep_at IS NOT NULL;

CREATE TABLE job_tags (
  tenant_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  job_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, tag, job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_job ON job_tags (job_id);

-- The ledger: one row for each upstream call, written before the call and closed after it.
CREATE TABLE calls (
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL,
  purpose TEXT NOT NULL, -- 'text', 'speakers' or 'roll_call'
  tenant_id TEXT NOT NULL,
  model TEXT NOT NULL,
  audio_seconds REAL NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER, -- null: the Worker died during the call
  outcome TEXT, -- 'answered' or a failure code
  http_status INTEGER,
  upstream_id TEXT,
  PRIMARY KEY (job_id, attempt, part, purpose)
) STRICT;

-- verbose_json, cut into pieces below D1's limit for one value; joined by n they are byte-exact.
CREATE TABLE transcript_slices (
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  n INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (job_id, attempt, n)
) STRICT;

-- The outbox: written in the same batch as the change of state that caused the event.
CREATE TABLE events (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL, -- the exact bytes that are signed and sent
  created_at INTEGER NOT NULL,
  sweep_at INTEGER -- null once its deliveries exist
) STRICT;
CREATE INDEX events_by_job ON events (job_id, sequence);
CREATE INDEX events_to_sweep ON events (sweep_at) WHERE sweep_at IS NOT NULL;

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  destination TEXT NOT NULL, -- 'job' (the job's webhook_url)
  url TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'discarded')),
  claim INTEGER NOT NULL DEFAULT 0, -- the fence
  tries INTEGER NOT NULL DEFAULT 0, -- attempts on record
  next_attempt_at INTEGER,
  sweep_at INTEGER,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  UNIQUE (event_id, destination)
) STRICT;
CREATE INDEX deliveries_by_tenant ON deliveries (tenant_id, id);
CREATE INDEX deliveries_by_job ON deliveries (job_id);
CREATE INDEX deliveries_to_sweep ON deliveries (sweep_at) WHERE sweep_at IS NOT NULL;

CREATE TABLE attempts (
  delivery_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  url TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  http_status INTEGER,
  error TEXT,
  response TEXT NOT NULL,
  PRIMARY KEY (delivery_id, n)
) STRICT;

-- Audio on its way into R2 that belongs to no job yet. A row that is no longer touched is swept with its object.
CREATE TABLE intakes (
  key TEXT PRIMARY KEY,
  upload_id TEXT,
  touched_at INTEGER NOT NULL
) STRICT;

-- Deleted jobs whose R2 objects are removed once more when no Worker can still be writing them.
CREATE TABLE purges (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  sweep_at INTEGER NOT NULL
) STRICT;

-- One row a kind of upstream: while it is closed nobody calls.
CREATE TABLE gates (
  name TEXT PRIMARY KEY,
  closed_until INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
