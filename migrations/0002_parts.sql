-- A job's parts: each is one call to the speech API, claimed on its own. A short recording has one.

CREATE TABLE parts (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'processing', 'done', 'divided')),
  start REAL NOT NULL, -- seconds into the recording
  end REAL NOT NULL,
  audio TEXT, -- {key, bytes, container}: what is sent, once it is there
  attempt INTEGER NOT NULL DEFAULT 0, -- the fence
  failures INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER,
  sweep_at INTEGER,
  upstream_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_to_sweep ON parts (sweep_at) WHERE sweep_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN plan TEXT; -- where the recording is cut, computed once
ALTER TABLE jobs ADD COLUMN parts_total INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN parts_done INTEGER NOT NULL DEFAULT 0;
