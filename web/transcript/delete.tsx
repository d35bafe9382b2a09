import { useState } from "preact/hooks";
import type { Diarist, Job } from "../api/diarist.ts";
import { Confirm } from "../app/dialog.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { TrashIcon } from "./icons.tsx";

export function DeleteButton({
  diarist,
  job,
  onDeleted,
}: {
  diarist: Diarist;
  job: Job;
  onDeleted: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  async function remove(): Promise<void> {
    try {
      await diarist.api.DELETE("/v1/jobs/{id}", { params: { path: { id: job.id } } });
      tell("The recording and its transcript are deleted.");
      onDeleted();
    } catch (error) {
      tellProblem(error);
    }
  }
  return (
    <>
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        <TrashIcon /> Delete
      </button>
      {isOpen && (
        <Confirm
          title="Delete this recording?"
          text="The recording, its transcript and all corrections are gone for good."
          confirm="Delete"
          isDanger={true}
          onConfirm={() => void remove()}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
