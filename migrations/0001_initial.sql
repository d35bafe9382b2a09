-- Times are integers: milliseconds since 1970 (UTC). JSON columns hold what the API shows, as text.

---------------------------------------------------------------------------------------------------------------------
-- Tenants and their keys
---------------------------------------------------------------------------------------------------------------------

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  limits TEXT NOT NULL DEFAULT '{}', -- JSON; a limit that is missing does not apply
  created_at INTEGER NOT NULL
) STRICT;

-- With `job_id`: the key of a shared link. It reads that job alone, and goes with the job or when it has expired.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE, -- SHA-256 of the key, hex; the key itself is shown once and not stored
  scopes TEXT NOT NULL DEFAULT '["jobs:write","jobs:read","webhooks","keys","usage"]',
  job_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER, -- exact to a minute
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id);
CREATE INDEX api_keys_of_job ON api_keys (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX shares_by_end ON api_keys (expires_at) WHERE job_id IS NOT NULL;

-- Requests per minute, for tenants that have this limit. A window begins with its first request.
CREATE TABLE request_windows (
  tenant_id TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL,
  requests INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Requests with an Idempotency-Key. Without a status the request is running under a lease, or its Worker died.
CREATE TABLE idempotent_requests (
  tenant_id TEXT NOT NULL, -- 'operator' for the operator
  key TEXT NOT NULL, -- SHA-256 of the Idempotency-Key, hex
  fingerprint TEXT NOT NULL, -- of the request before its body, and of a short body
  content TEXT, -- SHA-256 of a streamed body's content, once it is known
  claim INTEGER NOT NULL DEFAULT 1, -- the fence
  lease_until INTEGER NOT NULL,
  status INTEGER,
  headers TEXT,
  body TEXT, -- sealed (shared/secrets/seal.ts): it may contain a secret
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (created_at);

-- Retention of a tenant's jobs that do not set their own. No row: everything is kept.
CREATE TABLE retention_defaults (
  tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
  audio_days INTEGER,
  transcript_days INTEGER
) STRICT;

---------------------------------------------------------------------------------------------------------------------
-- Jobs
---------------------------------------------------------------------------------------------------------------------

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  key_id TEXT NOT NULL DEFAULT '', -- the key that created it
  status TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'canceled')),
  stage TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0, -- the fence: every claim raises it, every later write names it
  failures INTEGER NOT NULL DEFAULT 0, -- attempts that died or that the upstream failed; waiting is not counted
  not_before INTEGER, -- no claim before this time: the upstream asked us to wait
  waiting_for TEXT, -- the reason, as a code
  sweep_at INTEGER, -- when the sweep looks at this job: the lease has ended, or the wake-up has to be repeated
  sequence INTEGER NOT NULL DEFAULT 0, -- number of events of this job
  task TEXT NOT NULL,
  options TEXT NOT NULL,
  webhook_url TEXT,
  metadata TEXT NOT NULL,
  tags TEXT NOT NULL,
  external_id TEXT,

  source_url TEXT, -- set until the audio has been imported from it
  audio_key TEXT, -- null until the audio is in R2
  audio TEXT NOT NULL,
  fingerprint TEXT, -- same audio, same options: the transcript of a completed job may be used again
  spending INTEGER NOT NULL DEFAULT 0, -- 1 while this job is the one that pays for its fingerprint
  plan TEXT, -- where the recording is cut, computed once
  voices TEXT, -- [{name, places}] of the transcript before, until this one is there: names find their speakers by it
  parts_total INTEGER NOT NULL DEFAULT 1,
  parts_done INTEGER NOT NULL DEFAULT 0,
  metered_ms INTEGER, -- what the job counts of its tenant's minutes; null: nothing was sent upstream
  metered_day TEXT, -- on which day it counts: 2026-11-21, UTC

  result TEXT,
  transcript_attempt INTEGER, -- the attempt whose slices are the transcript
  speakers TEXT NOT NULL DEFAULT '{}', -- names by speaker id, as in the newest revision
  revision INTEGER NOT NULL DEFAULT 0, -- of names and corrections; 0: the machine's transcript
  error TEXT,
  upstream_ms INTEGER NOT NULL DEFAULT 0,

  created_at INTEGER NOT NULL,
  stored_at INTEGER,
  started_at INTEGER,
  completed_at INTEGER,

  -- Days after the job's end; null: until the job is deleted.
  retain_audio_days INTEGER,
  retain_transcript_days INTEGER,
  audio_removed_at INTEGER,
  transcript_removed_at INTEGER,
  -- When each is due. Computed, so that the code that ends or requeues a job need not know of retention. A job that
  -- did not complete keeps its recording for a day at least: it can be retried, and a Worker may still be writing.
  audio_until INTEGER AS (
    CASE WHEN audio_removed_at IS NULL AND audio_key IS NOT NULL
      THEN completed_at + 86400000 * max(retain_audio_days, status <> 'completed') END
  ) VIRTUAL,
  transcript_until INTEGER AS (
    CASE WHEN transcript_removed_at IS NULL AND result IS NOT NULL
      THEN completed_at + 86400000 * retain_transcript_days END
  ) VIRTUAL,
  -- When neither is kept any longer, the job itself is removed.
  job_until INTEGER AS (
    completed_at + 86400000 * max(retain_audio_days, retain_transcript_days)
  ) VIRTUAL
) STRICT;
-- Lists read no more rows with a million jobs than with a thousand (docs/storage.md, "Lists").
CREATE INDEX jobs_by_tenant ON jobs (tenant_id, id);
CREATE INDEX jobs_by_status ON jobs (tenant_id, status, id); -- also counts the unfinished jobs for the limit
CREATE INDEX jobs_by_external_id ON jobs (tenant_id, external_id, id) WHERE external_id IS NOT NULL;
CREATE INDEX jobs_by_fingerprint ON jobs (tenant_id, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX jobs_to_sweep ON jobs (sweep_at) WHERE sweep_at IS NOT NULL;
CREATE INDEX jobs_by_end ON jobs (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX jobs_by_audio_until ON jobs (audio_until) WHERE audio_until IS NOT NULL;
CREATE INDEX jobs_by_transcript_until ON jobs (transcript_until) WHERE transcript_until IS NOT NULL;
CREATE INDEX jobs_by_job_until ON jobs (job_until) WHERE job_until IS NOT NULL;

CREATE TABLE job_tags (
  tenant_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  job_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, tag, job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_job ON job_tags (job_id);

-- Objects in R2 that are removed once more when no Worker can still be writing them.
CREATE TABLE purges (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT, -- 'audio' or 'raw' when the job stays; null: the job was deleted, both go
  sweep_at INTEGER NOT NULL
) STRICT;
CREATE INDEX purges_to_sweep ON purges (sweep_at);

---------------------------------------------------------------------------------------------------------------------
-- Recordings on their way in
---------------------------------------------------------------------------------------------------------------------

-- Audio that is being written to R2 and belongs to no job yet. When its row is no longer touched, the sweep removes it.
CREATE TABLE pending_audio (
  key TEXT PRIMARY KEY,
  touched_at INTEGER NOT NULL,
  taken_at INTEGER -- since when a sweep removes it: nobody stores under this key meanwhile
) STRICT;

-- Multipart uploads of pending audio. One that its Worker did not complete is aborted, also if a later one became a job.
CREATE TABLE pending_uploads (
  multipart_id TEXT PRIMARY KEY, -- R2's id
  key TEXT NOT NULL,
  touched_at INTEGER NOT NULL
) STRICT;

-- Resumable uploads. The bytes are under the job's key from the start, so that the job takes them over as they are.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  key_id TEXT NOT NULL DEFAULT '',
  job_id TEXT NOT NULL UNIQUE, -- the id that its job will have
  status TEXT NOT NULL CHECK (status IN ('receiving', 'stored', 'used')),
  key TEXT NOT NULL,
  filename TEXT,
  content_type TEXT NOT NULL,
  metadata TEXT NOT NULL, -- Upload-Metadata as it came
  request TEXT, -- checked options of the job that the upload creates itself; null: it waits for POST /v1/jobs
  bytes INTEGER, -- null until the client knows
  offset INTEGER NOT NULL DEFAULT 0, -- bytes that are safe: whole parts and the tail
  multipart_id TEXT, -- R2's id of the multipart upload, once there is a whole part
  direct INTEGER NOT NULL DEFAULT 0, -- 1: the client puts its parts into R2 itself
  next_part INTEGER NOT NULL DEFAULT 1, -- a number that no Worker has used or can still be using
  tail TEXT, -- the object with the bytes behind the last whole part
  hash TEXT, -- the state of SHA-256 behind the last whole part, in the end the hash; both hex
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

-- Recordings that are being fetched from a URL. The row goes when the recording is stored, or is swept when the job ends.
CREATE TABLE imports (
  job_id TEXT PRIMARY KEY,
  headers TEXT, -- file_headers, sealed (shared/secrets/seal.ts); null: none, or the job has ended
  restarts INTEGER NOT NULL DEFAULT 0, -- how often stored parts had to be thrown away
  -- The rest is null until the first part is stored.
  key TEXT,
  multipart_id TEXT, -- R2's id of the multipart upload
  source TEXT, -- {filename, contentType, validator, total}: what the first response said
  bytes INTEGER, -- once all parts are stored
  sha256 TEXT
) STRICT;

-- All parts but the last have the same size.
CREATE TABLE import_parts (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  etag TEXT NOT NULL,
  digest TEXT, -- the state of SHA-256 behind the part, for a later Worker; null: the last part, see imports.sha256
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------------------------------------------------------------
-- Calls to the speech API
---------------------------------------------------------------------------------------------------------------------

-- The parts of a job: each is one call to the speech API and is claimed on its own. A short recording has one.
CREATE TABLE parts (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  -- 'split': smaller parts have replaced it; 'stopped': its job ended first, and may be retried
  status TEXT NOT NULL CHECK (status IN ('waiting', 'processing', 'done', 'split', 'stopped')),
  start REAL NOT NULL, -- seconds into the recording
  end REAL NOT NULL,
  audio TEXT, -- {key, bytes, container} of what is sent, once it is stored
  attempt INTEGER NOT NULL DEFAULT 0, -- the fence
  failures INTEGER NOT NULL DEFAULT 0, -- attempts that died or did not reach the speech API
  failed_calls INTEGER NOT NULL DEFAULT 0, -- calls that the speech API accepted and failed
  not_before INTEGER,
  sweep_at INTEGER, -- null while it is held back, until its tenant has fewer parts under way
  upstream_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_under_way ON parts (sweep_at, tenant_id) WHERE sweep_at IS NOT NULL;
CREATE INDEX parts_held_back ON parts (tenant_id, job_id, start) WHERE status = 'waiting' AND sweep_at IS NULL;

-- The ledger: one row for each call, written before the call and closed after it. It stays when the job is deleted.
CREATE TABLE calls (
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  part INTEGER NOT NULL, -- -1: no part, speakers are identified
  purpose TEXT NOT NULL, -- 'text', 'speakers' or 'identify_speakers'
  tenant_id TEXT NOT NULL,
  key_id TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL,
  audio_seconds REAL NOT NULL,
  started_at INTEGER NOT NULL,
  fetched_at INTEGER, -- when the speech API first asked us for the audio
  ended_at INTEGER, -- null: the call is running, or the Worker died during it
  outcome TEXT, -- 'answered', a failure code, or 'job_ended' while a call outlives its job
  billed INTEGER NOT NULL DEFAULT 1, -- 0: the speech API refused it; 1: it was billed or may have been
  http_status INTEGER,
  upstream_id TEXT,
  PRIMARY KEY (job_id, attempt, part, purpose)
) STRICT;

-- Answers that R2 did not take, until it takes them: gzip in base64, in slices.
CREATE TABLE kept_answers (
  job_id TEXT NOT NULL,
  part INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  attempt INTEGER NOT NULL, -- of the call: slices of two answers are never mixed
  n INTEGER NOT NULL,
  total INTEGER NOT NULL, -- slices of this answer; it is there when all are
  upstream_ms INTEGER NOT NULL,
  provider TEXT NOT NULL, -- which speech API answered: `together https://api.together.ai/v1`
  heard INTEGER NOT NULL, -- 0: the stand-in found no word
  text TEXT NOT NULL,
  PRIMARY KEY (job_id, part, purpose, attempt, n)
) STRICT, WITHOUT ROWID;

-- Nobody begins work while a gate is closed. That of storage stays when it opens: it tells until when storage was away.
CREATE TABLE gates (
  name TEXT PRIMARY KEY, -- 'speech' or 'storage'
  closed_until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  refusals INTEGER NOT NULL DEFAULT 0 -- consecutive refusals that did not say how long to wait
) STRICT;

-- What calls have taught of each provider; each lesson counts for a day.
CREATE TABLE providers (
  provider TEXT PRIMARY KEY, -- `openai https://api.groq.com/openai/v1 whisper-large-v3`
  traits TEXT NOT NULL DEFAULT '{}', -- JSON
  learned_at INTEGER NOT NULL DEFAULT 0,
  worked_seconds REAL, -- of the longest call that was answered
  worked_at INTEGER,
  timed_out_seconds REAL, -- of the shortest call that was not answered in time
  timed_out_at INTEGER
) STRICT;
-- When a sweep last ran. Sweeps that are missing tell that the database was away.
CREATE TABLE sweeps (
  name TEXT PRIMARY KEY,
  last_at INTEGER NOT NULL
) STRICT;

---------------------------------------------------------------------------------------------------------------------
-- Transcripts
---------------------------------------------------------------------------------------------------------------------

-- verbose_json in slices below D1's limit for one value. Joined by n they are byte-exact.
CREATE TABLE transcript_slices (
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  n INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (job_id, attempt, n)
) STRICT;

-- Names of speakers and corrections, kept beside the machine's transcript.
CREATE TABLE revisions (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL, -- the value of jobs.revision when this was the newest
  speakers TEXT NOT NULL,
  edits TEXT NOT NULL,
  edits_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, n)
) STRICT;

-- Three minutes of a transcript each. A hit can be shown from its block alone.
CREATE TABLE search_blocks (
  id INTEGER PRIMARY KEY, -- a job's first block has the highest id: hits come newest job first, and in order within it
  job_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  text TEXT NOT NULL,
  words TEXT NOT NULL, -- where each word stands in the text, when it was said and by whom
  UNIQUE (job_id, n)
) STRICT;

-- The tenant's id is searched like a word, so that blocks of other tenants are not read.
CREATE VIRTUAL TABLE search_index USING fts5 (
  tenant_id, text,
  content = 'search_blocks', content_rowid = 'id',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
);
-- Deleted text is removed from the index at once, not only marked.
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER search_blocks_inserted AFTER INSERT ON search_blocks
BEGIN
  INSERT INTO search_index (rowid, tenant_id, text) VALUES (NEW.id, NEW.tenant_id, NEW.text);
END;

CREATE TRIGGER search_blocks_deleted AFTER DELETE ON search_blocks
BEGIN
  INSERT INTO search_index (search_index, rowid, tenant_id, text)
  VALUES ('delete', OLD.id, OLD.tenant_id, OLD.text);
END;

CREATE TRIGGER search_blocks_updated AFTER UPDATE OF text ON search_blocks
BEGIN
  INSERT INTO search_index (search_index, rowid, tenant_id, text)
  VALUES ('delete', OLD.id, OLD.tenant_id, OLD.text);
  INSERT INTO search_index (rowid, tenant_id, text) VALUES (NEW.id, NEW.tenant_id, NEW.text);
END;

---------------------------------------------------------------------------------------------------------------------
-- Events and webhooks
---------------------------------------------------------------------------------------------------------------------

-- The outbox: written in the same batch as the change that caused the event. `position` follows the order of commits.
-- Ids do not: they are made before the commit, so a reader that goes by ids can pass an event that is still to come.
-- AUTOINCREMENT, because a plain rowid is given out again once its row has been deleted.
CREATE TABLE events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  job_id TEXT NOT NULL, -- empty for an event about an endpoint
  sequence INTEGER NOT NULL, -- 0 for an event about an endpoint
  type TEXT NOT NULL,
  body TEXT NOT NULL, -- the exact bytes that are signed and sent
  webhook_url TEXT, -- of a job that was deleted
  created_at INTEGER NOT NULL,
  sweep_at INTEGER -- null once its deliveries exist
) STRICT;
CREATE INDEX events_by_job ON events (job_id, sequence);
CREATE INDEX events_by_tenant ON events (tenant_id, position);
CREATE INDEX events_by_time ON events (tenant_id, id);
CREATE INDEX events_of_no_job ON events (id) WHERE job_id = ''; -- these are removed when old; those of jobs stay
CREATE INDEX events_to_sweep ON events (sweep_at) WHERE sweep_at IS NOT NULL;

CREATE TABLE endpoints (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  events TEXT, -- JSON list of types; null: all
  rate_limit INTEGER NOT NULL, -- sends per second
  ed25519 INTEGER NOT NULL, -- 1: also signed with v1a
  enabled INTEGER NOT NULL,
  disabled_at INTEGER,
  disabled_reason TEXT, -- 'by_you', 'gone' (it answered 410) or 'failing'
  failing_since INTEGER, -- the first failed attempt since the last success
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoints_by_tenant ON endpoints (tenant_id, id);

-- Secrets that sign webhooks to an endpoint, or to the webhook_urls of a tenant's jobs. The newest is the current one.
CREATE TABLE webhook_secrets (
  owner TEXT NOT NULL, -- id of an endpoint or a tenant
  n INTEGER NOT NULL,
  sealed TEXT NOT NULL, -- shared/secrets/seal.ts
  key_id TEXT NOT NULL, -- the key that it is sealed with
  public_key TEXT, -- whpk_…, of its ed25519 pair
  created_at INTEGER NOT NULL,
  expires_at INTEGER, -- null: the current one
  PRIMARY KEY (owner, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_secrets_by_key ON webhook_secrets (key_id);

-- All deliveries to one endpoint, or to one origin of webhook_urls, are in one lane. One Worker at a time processes it.
CREATE TABLE lanes (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  claim INTEGER NOT NULL DEFAULT 0, -- the fence: every claim raises it, every later write names it
  lease_until INTEGER NOT NULL DEFAULT 0,
  recent TEXT NOT NULL DEFAULT '[]', -- JSON: when the last sends began, for the rate limit
  enqueued_at INTEGER, -- since when a message without delay is in the queue
  wake_at INTEGER, -- when the delayed message in the queue arrives
  sweep_at INTEGER -- null: nothing is pending
) STRICT, WITHOUT ROWID;
CREATE INDEX lanes_to_sweep ON lanes (sweep_at) WHERE sweep_at IS NOT NULL;

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  event_id TEXT NOT NULL, -- an event, or a row of slack_notices
  job_id TEXT,
  type TEXT NOT NULL,
  lane TEXT NOT NULL,
  url TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'discarded')),
  tries INTEGER NOT NULL DEFAULT 0, -- attempts on record
  step INTEGER NOT NULL DEFAULT 1, -- which attempt of the schedule comes next
  next_attempt_at INTEGER,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  UNIQUE (event_id, lane)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_status ON deliveries (tenant_id, status, id);
CREATE INDEX deliveries_by_lane ON deliveries (tenant_id, lane, status, id);
CREATE INDEX deliveries_due ON deliveries (lane, next_attempt_at) WHERE status = 'pending';

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
) STRICT, WITHOUT ROWID;

-- Sending again what an endpoint has missed; one at a time for each endpoint.
CREATE TABLE replays (
  endpoint_id TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'limit_reached')),
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  only TEXT, -- a delivery status; null: everything that was not delivered
  cursor TEXT NOT NULL, -- the last event that was looked at
  scanned INTEGER NOT NULL DEFAULT 0,
  replayed INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  sweep_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_to_sweep ON replays (sweep_at) WHERE sweep_at IS NOT NULL;

---------------------------------------------------------------------------------------------------------------------
-- Slack
---------------------------------------------------------------------------------------------------------------------

-- Workspaces that have installed the app.
CREATE TABLE slack_installs (
  team_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  key_id TEXT NOT NULL, -- the key that made the link: jobs from the workspace are its jobs
  team_name TEXT NOT NULL,
  app_id TEXT NOT NULL,
  bot_user_id TEXT NOT NULL,
  installed_by TEXT, -- a user of the workspace
  scopes TEXT NOT NULL, -- as granted, separated by commas
  token TEXT NOT NULL, -- the bot's, sealed (shared/secrets/seal.ts)
  sealed_with TEXT NOT NULL, -- id of the key that the token is sealed with
  installed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_installs_by_tenant ON slack_installs (tenant_id, team_id);
CREATE INDEX slack_installs_by_key ON slack_installs (sealed_with);

-- A link is used once: it is removed when a workspace has been installed with it.
CREATE TABLE slack_install_links (
  hash TEXT PRIMARY KEY, -- SHA-256 of its secret, hex
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  key_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_install_links_by_age ON slack_install_links (expires_at);

-- OAuth's `state`, one for each time a link is opened.
CREATE TABLE slack_install_states (
  hash TEXT PRIMARY KEY, -- SHA-256, hex
  link TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_install_states_by_age ON slack_install_states (expires_at);

-- Requests from Slack. Written before the request is answered, so that its task is done once and never forgotten.
CREATE TABLE slack_requests (
  id TEXT PRIMARY KEY, -- Slack's event_id, or the signature of a command or an interaction
  task TEXT, -- JSON (shared/slack/task.ts); null once it is done
  tries INTEGER NOT NULL DEFAULT 0, -- the fence
  waits INTEGER NOT NULL DEFAULT 0, -- tries that met storage which was away: they do not count
  lease_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  sweep_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_requests_to_sweep ON slack_requests (sweep_at) WHERE sweep_at IS NOT NULL;
CREATE INDEX slack_requests_by_age ON slack_requests (created_at);

-- Files that have been looked at. Several events may name one file; it becomes one job, or is refused once.
CREATE TABLE slack_files (
  team_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  file_id TEXT NOT NULL,
  job_id TEXT, -- null: it was refused
  refused_by TEXT, -- the event that says so in the thread
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, channel_id, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_files_by_job ON slack_files (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX slack_files_refused ON slack_files (seen_at) WHERE job_id IS NULL;

-- The thread that shows a job.
CREATE TABLE slack_threads (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  lane TEXT NOT NULL,
  team_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  thread_ts TEXT, -- the message with the recording; null: the status message starts the thread
  user_id TEXT NOT NULL, -- who asked for the job
  response_url TEXT -- reaches that user when we may not post in the channel
) STRICT, WITHOUT ROWID;

-- What is to be done in a channel besides the events of a job. Its delivery names it as its event.
CREATE TABLE slack_notices (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  job_id TEXT,
  lane TEXT NOT NULL,
  type TEXT NOT NULL, -- 'slack.notice', 'slack.changed' or 'slack.cleared'
  body TEXT NOT NULL, -- JSON (shared/slack/notice.ts)
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_notices_by_job ON slack_notices (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX slack_notices_of_no_job ON slack_notices (id) WHERE job_id IS NULL;

-- What we have posted, and what we were about to post.
CREATE TABLE slack_posts (
  owner TEXT NOT NULL, -- a job or a notice
  kind TEXT NOT NULL, -- 'status', 'excerpt', 'files' or 'notice'
  revision INTEGER NOT NULL, -- of the transcript in files; else 0
  begun_at INTEGER NOT NULL, -- before the request to Slack
  ts TEXT, -- of the message
  file_ids TEXT, -- JSON
  shown TEXT, -- hash of what it shows
  done_at INTEGER, -- null: it is not known whether Slack has it
  PRIMARY KEY (owner, kind, revision)
) STRICT, WITHOUT ROWID;

---------------------------------------------------------------------------------------------------------------------
-- Sums: usage and stored bytes
--
-- Triggers keep them in the transaction that writes what is summed up. So a sum is always right, even if a Worker dies
-- at any step, and reading it costs one row. Milliseconds and bytes are whole numbers: the sums are exact.
-- D1 counts what a trigger writes among `changes`: after a statement that fires one, compare `changes` with 0.
---------------------------------------------------------------------------------------------------------------------

CREATE TABLE usage_days (
  tenant_id TEXT NOT NULL,
  day TEXT NOT NULL,
  key_id TEXT NOT NULL,
  jobs INTEGER NOT NULL DEFAULT 0, -- created
  audio_ms INTEGER NOT NULL DEFAULT 0, -- of jobs whose recording was sent upstream; each counts once
  calls INTEGER NOT NULL DEFAULT 0, -- of the ledger that were billed or may have been
  billed_ms INTEGER NOT NULL DEFAULT 0, -- audio in these calls
  PRIMARY KEY (tenant_id, day, key_id)
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

CREATE TABLE stored_bytes (
  tenant_id TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL -- of recordings, and of uploads that no job has taken over yet
) STRICT, WITHOUT ROWID;

CREATE TRIGGER count_bytes_of_job AFTER INSERT ON jobs
WHEN NEW.audio_key IS NOT NULL
BEGIN
  INSERT INTO stored_bytes VALUES (NEW.tenant_id, COALESCE(NEW.audio ->> 'bytes', 0))
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER recount_bytes_of_job AFTER UPDATE OF audio_key, audio, audio_removed_at ON jobs
WHEN iif(NEW.audio_key IS NULL OR NEW.audio_removed_at IS NOT NULL, 0, COALESCE(NEW.audio ->> 'bytes', 0))
  <> iif(OLD.audio_key IS NULL OR OLD.audio_removed_at IS NOT NULL, 0, COALESCE(OLD.audio ->> 'bytes', 0))
BEGIN
  INSERT INTO stored_bytes VALUES (NEW.tenant_id,
    iif(NEW.audio_key IS NULL OR NEW.audio_removed_at IS NOT NULL, 0, COALESCE(NEW.audio ->> 'bytes', 0))
    - iif(OLD.audio_key IS NULL OR OLD.audio_removed_at IS NOT NULL, 0, COALESCE(OLD.audio ->> 'bytes', 0)))
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER uncount_bytes_of_job AFTER DELETE ON jobs
WHEN OLD.audio_key IS NOT NULL AND OLD.audio_removed_at IS NULL
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

---------------------------------------------------------------------------------------------------------------------
-- Limits of tenants
--
-- The database holds them, so that they apply to every way of creating a job and to requests that come at once.
-- The message names the limit.
---------------------------------------------------------------------------------------------------------------------

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
