import { useState } from "preact/hooks";
import type { Diarist, Job } from "../api/diarist.ts";
import { go } from "../app/router.ts";
import { DeleteJob } from "../jobs/delete-job.tsx";
import { TrashIcon } from "./icons.tsx";

/** Goes to the list when the recording is deleted. */
export function DeleteButton({ diarist, job }: { diarist: Diarist; job: Job }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        <TrashIcon /> Delete
      </button>
      {isOpen && (
        <DeleteJob diarist={diarist} job={job} onDeleted={() => go("#/")} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
