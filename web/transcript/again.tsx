import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { FormDialog } from "../app/form-dialog.tsx";
import { LanguageOptions } from "../app/language-options.tsx";
import { go, hrefOfJob } from "../app/router.ts";
import { optionsAgain } from "./again-options.ts";
import { AgainIcon } from "./icons.tsx";

const MOST_SPEAKERS = 100;

type AgainButtonProps = { diarist: Diarist; job: Job; isPrimary?: boolean };

/** Has the recording transcribed once more, with other options; goes to the new job. */
export function AgainButton({ diarist, job, isPrimary = false }: AgainButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={isPrimary ? "primary" : undefined} onClick={() => setOpen(true)}>
        <AgainIcon /> Transcribe again
      </button>
      {isOpen && <AgainDialog diarist={diarist} job={job} onClose={() => setOpen(false)} />}
    </>
  );
}

function AgainDialog({ diarist, job, onClose }: { diarist: Diarist; job: Job; onClose: () => void }) {
  const { options, task } = job;
  const [language, setLanguage] = useState(options.language); // a `select` has no default value
  async function submit(form: HTMLFormElement): Promise<void> {
    const params = { path: { id: job.id } };
    const body = optionsAgain(job, new FormData(form));
    const made = await dataOf(diarist.api.POST("/v1/jobs/{id}/transcribe-again", { params, body }));
    onClose();
    go(hrefOfJob(made.id));
  }
  return (
    <FormDialog title="Transcribe again" submit="Transcribe" onSubmit={submit} onClose={onClose}>
      <p>
        Makes a new transcript of this recording and keeps tags and the names of speakers. This one stays as
        it is, with its corrections.
      </p>
      <label class="field">
        <span>Language</span>
        <select
          name="language"
          value={language}
          onChange={({ currentTarget }) => setLanguage(currentTarget.value)}
        >
          <LanguageOptions />
        </select>
      </label>
      <fieldset class="two">
        <legend>Speakers</legend>
        <SpeakerCount name="min_speakers" label="At least" count={options.min_speakers} />
        <SpeakerCount name="max_speakers" label="At most" count={options.max_speakers} />
      </fieldset>
      <label class="field">
        <span>Names and words to expect</span>
        <textarea
          name="prompt"
          rows={2}
          placeholder="Chloé, Zürich, webhooks"
          defaultValue={options.prompt ?? ""}
        />
      </label>
      <label class="check">
        <input type="checkbox" name="translate" defaultChecked={task === "translate"} />
        Translate into English
      </label>
    </FormDialog>
  );
}

function SpeakerCount({ name, label, count }: { name: string; label: string; count: number | null }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        name={name}
        min={1}
        max={MOST_SPEAKERS}
        placeholder="Detect"
        defaultValue={count === null ? "" : String(count)}
      />
    </label>
  );
}
