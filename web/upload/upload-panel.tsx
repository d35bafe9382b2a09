import "./upload.css";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Diarist } from "../api/diarist.ts";
import { Problem } from "../app/problem.tsx";
import { toastProblem } from "../app/toasts.tsx";
import { OptionFields } from "./option-fields.tsx";
import { choices, jobOptionsOf } from "./options.ts";
import { listTakes, type StoredTake } from "./recorder.ts";
import { RecordButton, RecorderPanel } from "./recorder-panel.tsx";
import { UploadRows } from "./upload-rows.tsx";
import { addFiles, addUrl, findUnfinished, uploads } from "./uploads.ts";

/** Where recordings are added: by dropping, choosing, pasting, recording, or from a URL. */
export function UploadPanel({ diarist }: { diarist: Diarist }) {
  const picker = useRef<HTMLInputElement>(null);
  const [takes, setTakes] = useState<StoredTake[]>([]);
  useEffect(() => {
    void findUnfinished(diarist).catch(toastProblem);
    const isUnderWay = ({ file }: StoredTake) => uploads.value.some(({ name }) => name === file.name);
    void listTakes().then(
      (stored) => setTakes(stored.filter((take) => !isUnderWay(take))),
      () => undefined, // a private window may have no database
    );
  }, [diarist]);

  const add = (files: Iterable<File>) => addFiles(diarist, files, jobOptionsOf(choices.value));
  const send = ({ file, remove }: StoredTake) =>
    addFiles(diarist, [file], jobOptionsOf(choices.value), () => void remove());
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent) => {
      if (clipboardData?.files.length) add(clipboardData.files);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, [diarist]);

  return (
    <section class="upload card" aria-label="Add recordings">
      <div class="drop">
        <svg class="drop-icon" viewBox="0 0 48 48" aria-hidden="true">
          <path d="M10 20v8M17 13v22M24 17v14M31 9v30M38 19v10" />
        </svg>
        <p class="drop-text">
          <strong class="drop-with-mouse">Drop recordings here</strong>
          <strong class="drop-with-finger">Add a recording</strong>
          <span class="muted">Audio or video, of any length</span>
        </p>
        <div class="drop-buttons">
          <button type="button" class="primary" onClick={() => picker.current?.click()}>
            Choose files
          </button>
          <RecordButton />
        </div>
        <input
          ref={picker}
          type="file"
          class="hidden"
          tabIndex={-1}
          aria-label="Recordings to send"
          multiple
          accept="audio/*,video/*,.mp3,.m4a,.aac,.wav,.flac,.ogg,.oga,.opus,.webm,.mp4,.mov,.mkv"
          onChange={({ currentTarget }) => {
            add(currentTarget.files ?? []);
            currentTarget.value = ""; // so that the same file can be chosen again
          }}
        />
      </div>
      <RecorderPanel onDone={send} />
      <UrlField diarist={diarist} />
      <OptionFields />
      <UploadRows
        takes={takes}
        onSendTake={(stored) => {
          setTakes(takes.filter((other) => other !== stored));
          send(stored);
        }}
        onRemoveTake={(stored) => {
          setTakes(takes.filter((other) => other !== stored));
          void stored.remove();
        }}
        onChooseAgain={() => picker.current?.click()}
      />
    </section>
  );
}

function UrlField({ diarist }: { diarist: Diarist }) {
  const [url, setUrl] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function submit(event: Event) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await addUrl(diarist, url.trim(), jobOptionsOf(choices.value));
      setUrl("");
    } catch (refusal) {
      setError(refusal);
    }
    setBusy(false);
  }
  return (
    <>
      <form class="url" onSubmit={submit}>
        <input
          type="url"
          aria-label="Link to a recording"
          placeholder="or paste a link: https://…"
          required
          value={url}
          onInput={({ currentTarget }) => setUrl(currentTarget.value)}
        />
        <button type="submit" disabled={isBusy}>
          Fetch
        </button>
      </form>
      {error !== null && <Problem error={error} />}
    </>
  );
}
