-- Slack: workspaces that have installed the app, what Slack has told, and the threads of jobs.

CREATE TABLE slack_installs (
  team_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  key_id TEXT NOT NULL, -- that made the link: jobs from the workspace are its jobs
  team_name TEXT NOT NULL,
  app_id TEXT NOT NULL,
  bot_user_id TEXT NOT NULL,
  installed_by TEXT, -- a user of the workspace
  scopes TEXT NOT NULL, -- as granted, with commas
  token TEXT NOT NULL, -- the bot's, sealed (shared/secrets/seal.ts)
  sealed_with TEXT NOT NULL, -- id of the key
  installed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_installs_by_tenant ON slack_installs (tenant_id, team_id);
CREATE INDEX slack_installs_by_key ON slack_installs (sealed_with);

-- Used once: gone when a workspace has been installed with it.
CREATE TABLE slack_install_links (
  hash TEXT PRIMARY KEY, -- SHA-256 of its secret, hex
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  key_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_install_links_by_age ON slack_install_links (expires_at);

-- OAuth's `state`: one for each time a link is opened.
CREATE TABLE slack_install_states (
  hash TEXT PRIMARY KEY, -- SHA-256, hex
  link TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_install_states_by_age ON slack_install_states (expires_at);

-- What Slack has told: written before it is answered, so that it is done once and never forgotten.
CREATE TABLE slack_requests (
  id TEXT PRIMARY KEY, -- Slack's event_id, or the signature of a command or an interaction
  task TEXT, -- JSON (shared/slack/task.ts); null once it is done
  tries INTEGER NOT NULL DEFAULT 0, -- the fence
  held_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  sweep_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_requests_to_sweep ON slack_requests (sweep_at) WHERE sweep_at IS NOT NULL;
CREATE INDEX slack_requests_by_age ON slack_requests (created_at);

-- Files that have been looked at: however many events tell of one, it is one job, or one refusal.
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

-- Where a job is told of.
CREATE TABLE slack_threads (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  lane TEXT NOT NULL,
  team_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  thread_ts TEXT, -- the message with the recording; null: the status message is the first of the thread
  user_id TEXT NOT NULL, -- who asked
  response_url TEXT -- to tell them when the channel is closed to us
) STRICT, WITHOUT ROWID;

-- What is to be done in a channel besides the events of a job; its delivery names it in the place of an event.
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
  begun_at INTEGER NOT NULL, -- before Slack was asked
  ts TEXT, -- of the message
  file_ids TEXT, -- JSON
  shown TEXT, -- hash of what it shows
  done_at INTEGER, -- null: nobody knows whether Slack has it
  PRIMARY KEY (owner, kind, revision)
) STRICT, WITHOUT ROWID;
