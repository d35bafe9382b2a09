import { useState } from "preact/hooks";
import type { Diarist, Job } from "../api/diarist.ts";
import { SetKeyDialog } from "../app/set-key-dialog.tsx";
import { speechApi } from "../app/speech-api.ts";
import { AgainButton } from "./again.tsx";

type NoWordsProps = { diarist: Diarist; job: Job; readOnly: boolean };

/** In place of the words of a recording that only a stand-in has listened to. */
export function NoWords({ diarist, job, readOnly }: NoWordsProps) {
  const [isOpen, setOpen] = useState(false);
  const places = job.result?.segments ?? 0;
  const isTrial = speechApi.value === "stand-in";
  return (
    <section class="card no-words" aria-labelledby="no-words">
      <h2 id="no-words">
        {isTrial ? "This server has no speech API yet" : "This server had no speech API at that time"}
      </h2>
      <p>
        It only found <em>where</em> somebody speaks: in {places} {places === 1 ? "place" : "places"}.{" "}
        {isTrial ? "What is said there, nobody has written down." : "Now it has one."}
      </p>
      {!readOnly && (
        <div class="actions">
          {isTrial ? (
            <button type="button" class="primary" onClick={() => setOpen(true)}>
              How to set the key
            </button>
          ) : (
            <AgainButton diarist={diarist} job={job} isPrimary />
          )}
        </div>
      )}
      {isOpen && <SetKeyDialog onClose={() => setOpen(false)} />}
    </section>
  );
}
