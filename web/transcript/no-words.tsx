import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { go, hrefOfJob } from "../app/router.ts";
import { SetKeyDialog } from "../app/set-key-dialog.tsx";
import { speechApi } from "../app/speech-api.ts";
import { toastProblem } from "../app/toasts.tsx";
import { GetModels } from "../models/get-models.tsx";
import { localModels, underWay } from "../models/local-models.ts";
import { useLocalModels } from "../models/use-local-models.ts";
import { AgainButton } from "./again.tsx";

type NoWordsProps = { diarist: Diarist; job: Job; readOnly: boolean };

/** In place of the words of a recording that only a stand-in has listened to. */
export function NoWords({ diarist, job, readOnly }: NoWordsProps) {
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
      {!readOnly && <WayOut diarist={diarist} job={job} isTrial={isTrial} />}
    </section>
  );
}

type WayOutProps = { diarist: Diarist; job: Job; isTrial: boolean };

/** How the recording gets its words. */
function WayOut({ diarist, job, isTrial }: WayOutProps) {
  const [isOpen, setOpen] = useState(false);
  useLocalModels(isTrial, () => void hearAgain(diarist, job.id).catch(toastProblem));
  const hasModels = isTrial && localModels.value !== null;
  return (
    <>
      {hasModels && <GetModels />}
      <div class="actions">
        {isTrial && underWay.value === null && (
          <button type="button" class={hasModels ? undefined : "primary"} onClick={() => setOpen(true)}>
            How to set the key
          </button>
        )}
        {!isTrial && <AgainButton diarist={diarist} job={job} isPrimary />}
      </div>
      {isOpen && <SetKeyDialog onClose={() => setOpen(false)} />}
    </>
  );
}

/** As it was asked for. Once, however many tabs have waited for the models. */
async function hearAgain(diarist: Diarist, id: string): Promise<void> {
  const header = { "idempotency-key": `models-${id}` };
  const init = { params: { path: { id } }, headers: header, body: {} };
  const made = await dataOf(diarist.api.POST("/v1/jobs/{id}/transcribe-again", init));
  // Who has gone elsewhere stays there.
  if (location.hash.startsWith(hrefOfJob(id))) go(hrefOfJob(made.id));
}
