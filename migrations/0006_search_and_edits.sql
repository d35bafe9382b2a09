-- What people make of a transcript: names for its speakers and corrections, kept beside what the machine heard.
ALTER TABLE jobs ADD COLUMN speakers TEXT NOT NULL DEFAULT '{}'; -- names by speaker id, as the newest revision has them
ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0; -- of names and corrections; 0: the machine's transcript

CREATE TABLE revisions (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL, -- jobs.revision when it was the newest
  speakers TEXT NOT NULL,
  edits TEXT NOT NULL,
  edits_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, n)
) STRICT;

-- Some minutes of a transcript each, so that a hit can be told from its block alone.
CREATE TABLE search_blocks (
  id INTEGER PRIMARY KEY, -- a job's first block has its highest, so that hits come newest job first, and in order within
  job_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  text TEXT NOT NULL,
  words TEXT NOT NULL, -- where each word stands in the text, when it was said and by whom
  UNIQUE (job_id, n)
) STRICT;

-- A tenant's id is searched like a word, so that another tenant's blocks are not even looked at.
CREATE VIRTUAL TABLE search_index USING fts5 (
  tenant_id, text,
  content = 'search_blocks', content_rowid = 'id',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
);
-- What is deleted is taken out of the index at once, not only marked.
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER search_blocks_inserted AFTER INSERT ON search_blocks BEGIN
  INSERT INTO search_index (rowid, tenant_id, text) VALUES (new.id, new.tenant_id, new.text);
END;
CREATE TRIGGER search_blocks_deleted AFTER DELETE ON search_blocks BEGIN
  INSERT INTO search_index (search_index, rowid, tenant_id, text)
  VALUES ('delete', old.id, old.tenant_id, old.text);
END;
CREATE TRIGGER search_blocks_updated AFTER UPDATE OF text ON search_blocks BEGIN
  INSERT INTO search_index (search_index, rowid, tenant_id, text)
  VALUES ('delete', old.id, old.tenant_id, old.text);
  INSERT INTO search_index (rowid, tenant_id, text) VALUES (new.id, new.tenant_id, new.text);
END;
