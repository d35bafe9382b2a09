import type { Diarist, Job } from "../api/diarist.ts";
import { Confirm } from "../app/dialog.tsx";
import { toast, toastProblem } from "../app/toasts.tsx";
import { nameOf } from "./job-words.ts";

type DeleteJobProps = { diarist: Diarist; job: Job; onDeleted: () => void; onClose: () => void };

/** Asks before a job is deleted. */
export function DeleteJob({ diarist, job, onDeleted, onClose }: DeleteJobProps) {
  const name = nameOf(job);
  const remove = async () => {
    await diarist.api.DELETE("/v1/jobs/{id}", { params: { path: { id: job.id } } });
    onDeleted();
    toast(`${name} is deleted.`);
  };
  return (
    <Confirm
      title={`Delete ${name}?`}
      text="The recording, its transcript and all corrections are removed for good."
      confirm="Delete"
      isDanger
      onConfirm={() => void remove().catch(toastProblem)}
      onClose={onClose}
    />
  );
}
