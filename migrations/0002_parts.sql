-- A job's parts: each is one call to the speech API, claimed on its own. A short recording has one.

CREATE TABLE parts (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  -- 'divided': pieces of it have taken its place; 'stopped': its job ended before it did, and may be retried
  status TEXT NOT NULL CHECK (status IN ('waiting', 'processing', 'done', 'divided', 'stopped')),
  start REAL NOT NULL, -- seconds into the recording
  end REAL NOT NULL,
  audio TEXT, -- {key, bytes, container}: what is sent, once it is there
  attempt INTEGER NOT NULL DEFAULT 0, -- the fence
  failures INTEGER NOT NULL DEFAULT 0, -- attempts that died or that did not reach the speech API
  failed_calls INTEGER NOT NULL DEFAULT 0, -- calls that the speech API took and failed on
  not_before INTEGER,
  sweep_at INTEGER, -- null while it waits: it is held back until its tenant has fewer parts under way
  upstream_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_under_way ON parts (sweep_at, tenant_id) WHERE sweep_at IS NOT NULL;
CREATE INDEX parts_held_back ON parts (tenant_id, job_id, start) WHERE status = 'waiting' AND sweep_at IS NULL;

ALTER TABLE jobs ADD COLUMN plan TEXT; -- where the recording is cut, computed once
ALTER TABLE jobs ADD COLUMN parts_total INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN parts_done INTEGER NOT NULL DEFAULT 0;

ALTER TABLE gates ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0; -- in a row that did not say how long to wait
