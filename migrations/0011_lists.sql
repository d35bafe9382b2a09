-- Lists and sweeps read no more rows with a million jobs than with a thousand (docs/storage.md, "Lists").

-- A page of one status, however rare. The unfinished ones are also what the limit of jobs at once counts.
CREATE INDEX jobs_by_status ON jobs (tenant_id, status, id);
DROP INDEX jobs_unfinished;

-- Deleting many jobs at once leaves as many rows here for a while.
CREATE INDEX purges_to_sweep ON purges (sweep_at);

-- Events of no job grow old and are removed: found without a look at those of jobs, which stay.
CREATE INDEX events_of_no_job ON events (id) WHERE job_id = '';
