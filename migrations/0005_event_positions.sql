-- Events get a place in line that follows the order of their commits. Ids are made before the commit, so a reader who
-- goes by them can pass one that is still on its way; and a plain rowid is given twice once its row has been deleted.

CREATE TABLE events_in_line (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL, -- the exact bytes that are signed and sent
  created_at INTEGER NOT NULL,
  sweep_at INTEGER -- null once its deliveries exist
) STRICT;
INSERT INTO events_in_line (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
  SELECT id, tenant_id, job_id, sequence, type, body, created_at, sweep_at FROM events ORDER BY id;
DROP TABLE events;
ALTER TABLE events_in_line RENAME TO events;
CREATE INDEX events_by_job ON events (job_id, sequence);
CREATE INDEX events_by_tenant ON events (tenant_id, position);
CREATE INDEX events_to_sweep ON events (sweep_at) WHERE sweep_at IS NOT NULL;
