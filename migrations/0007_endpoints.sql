-- Webhook endpoints; deliveries go in lanes; secrets rotate.

CREATE TABLE endpoints (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  events TEXT, -- JSON list of types; null: all
  rate_limit INTEGER NOT NULL, -- sends a second
  ed25519 INTEGER NOT NULL, -- 1: signed with v1a too
  enabled INTEGER NOT NULL,
  disabled_at INTEGER,
  disabled_reason TEXT, -- 'by_you', 'gone' (it answered 410) or 'failing'
  failing_since INTEGER, -- the first failed attempt since the last success
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoints_by_tenant ON endpoints (tenant_id, id);

-- What signs the webhooks of an endpoint, or those to the webhook_urls of a tenant's jobs. The newest is the current one.
CREATE TABLE webhook_secrets (
  owner TEXT NOT NULL, -- id of an endpoint or a tenant
  n INTEGER NOT NULL,
  sealed TEXT NOT NULL, -- shared/secrets/seal.ts
  key_id TEXT NOT NULL, -- of the key it is sealed with
  public_key TEXT, -- whpk_…, of its ed25519 pair
  created_at INTEGER NOT NULL,
  expires_at INTEGER, -- null: the current one
  PRIMARY KEY (owner, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_secrets_by_key ON webhook_secrets (key_id);

INSERT INTO webhook_secrets (owner, n, sealed, key_id, created_at)
SELECT id, 1, webhook_secret, '', created_at FROM tenants;
ALTER TABLE tenants DROP COLUMN webhook_secret;

-- What goes to one endpoint, or to one origin of webhook_urls, goes in one lane. One Worker at a time empties it.
CREATE TABLE lanes (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  claim INTEGER NOT NULL DEFAULT 0, -- the fence: every claim raises it, every later write names it
  held_until INTEGER NOT NULL DEFAULT 0,
  recent TEXT NOT NULL DEFAULT '[]', -- when the last sends began, for the rate limit
  called_at INTEGER, -- since when a message is on its way to bring someone at once
  wake_at INTEGER, -- for when a delayed message is in the queue
  sweep_at INTEGER -- null: nothing is pending
) STRICT, WITHOUT ROWID;
CREATE INDEX lanes_to_sweep ON lanes (sweep_at) WHERE sweep_at IS NOT NULL;

-- Events about endpoints belong to no job: their job_id is empty and their sequence 0.
CREATE INDEX events_by_time ON events (tenant_id, id);
CREATE INDEX events_without_job ON events (id) WHERE job_id = '';

CREATE TABLE new_deliveries (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
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
INSERT INTO new_deliveries
SELECT deliveries.id, deliveries.tenant_id, event_id, deliveries.job_id, events.type, deliveries.tenant_id || ' before',
  url, status, tries, tries + 1, next_attempt_at, deliveries.created_at, finished_at
FROM deliveries JOIN events ON events.id = event_id;
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE INDEX deliveries_by_status ON deliveries (tenant_id, status, id);
CREATE INDEX deliveries_by_lane ON deliveries (tenant_id, lane, status, id);
CREATE INDEX deliveries_due ON deliveries (lane, next_attempt_at) WHERE status = 'pending';
INSERT INTO lanes (id, tenant_id, sweep_at)
SELECT DISTINCT lane, tenant_id, 0 FROM deliveries WHERE status = 'pending';

CREATE TABLE new_attempts (
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
INSERT INTO new_attempts SELECT delivery_id, n, url, started_at, duration_ms, http_status, error, response FROM attempts;
DROP TABLE attempts;
ALTER TABLE new_attempts RENAME TO attempts;

-- Sending again what an endpoint has missed; one at a time for each.
CREATE TABLE replays (
  endpoint_id TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'limit_reached')),
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  only TEXT, -- a delivery status; null: whatever is not delivered
  cursor TEXT NOT NULL, -- the last event looked at
  scanned INTEGER NOT NULL DEFAULT 0,
  replayed INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  sweep_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_to_sweep ON replays (sweep_at) WHERE sweep_at IS NOT NULL;
