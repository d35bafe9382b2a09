import { useEffect, useState } from "preact/hooks";
import { type Diarist, dataOf, fetchPath, type Job } from "../api/diarist.ts";
import { Confirm, Dialog } from "../app/dialog.tsx";
import { Problem } from "../app/problem.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { CopyIcon, DownloadIcon, ShareIcon, TrashIcon } from "./icons.tsx";

/** What can be taken away of a transcript; `rules`: whether subtitle rules apply, `times`: whether times can be chosen. */
const FORMATS = [
  { format: "docx", name: "Word document", ending: "docx", times: true },
  { format: "text", name: "Plain text", ending: "txt", times: true },
  { format: "md", name: "Markdown", ending: "md", times: true },
  { format: "srt", name: "Subtitles, SubRip", ending: "srt", rules: true },
  { format: "vtt", name: "Subtitles, WebVTT", ending: "vtt", rules: true },
  { format: "csv", name: "Table, a row a turn", ending: "csv" },
  { format: "verbose_json", name: "JSON, with every word's time", ending: "json" },
  { format: "json", name: "JSON, the text alone", ending: "json" },
  { format: "zip", name: "All of them", ending: "zip", times: true, rules: true },
] as const;

const RULES = [
  { name: "max_chars_per_line", label: "Characters a line", min: 20, max: 100, usual: 42, step: 1 },
  { name: "max_lines", label: "Lines", min: 1, max: 4, usual: 2, step: 1 },
  { name: "min_cue_seconds", label: "Shortest, seconds", min: 0, max: 10, usual: 1, step: 0.1 },
  { name: "max_cue_seconds", label: "Longest, seconds", min: 1, max: 60, usual: 7, step: 0.1 },
  {
    name: "max_pause_seconds",
    label: "A pause that ends one, seconds",
    min: 0.1,
    max: 10,
    usual: 0.8,
    step: 0.1,
  },
] as const;

type Of = { diarist: Diarist; job: Job };

function transcriptPath(job: Job, query: URLSearchParams): string {
  return `/v1/jobs/${encodeURIComponent(job.id)}/transcript?${query}`;
}

export function DownloadButton({ diarist, job }: Of) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        <DownloadIcon /> Download
      </button>
      {isOpen && <DownloadDialog diarist={diarist} job={job} onClose={() => setOpen(false)} />}
    </>
  );
}

function DownloadDialog({ diarist, job, onClose }: Of & { onClose: () => void }) {
  const [format, setFormat] = useState<string>("docx");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const chosen = FORMATS.find((each) => each.format === format) ?? FORMATS[0];
  const hasTimes = "times" in chosen;
  const hasRules = "rules" in chosen;

  async function download(form: HTMLFormElement): Promise<void> {
    setBusy(true);
    setError(null);
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) query.set(name, String(value));
    if (hasTimes) query.set("times", String(query.has("times")));
    try {
      const answer = await fetchPath(diarist, transcriptPath(job, query));
      saveFile(await answer.blob(), fileNameOf(job, chosen.ending));
      onClose();
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog title="Download the transcript" onClose={onClose}>
      <form
        class="take-away"
        onSubmit={(event) => {
          event.preventDefault();
          void download(event.currentTarget);
        }}
      >
        <fieldset class="formats">
          <legend>Format</legend>
          {FORMATS.map((each) => (
            <label key={each.format}>
              <input
                type="radio"
                name="format"
                value={each.format}
                checked={each.format === format}
                onChange={() => setFormat(each.format)}
              />
              <span>{each.name}</span>
              <code>.{each.ending}</code>
            </label>
          ))}
        </fieldset>
        {job.revision > 0 && (
          <label class="field">
            <span>Text</span>
            <select name="layer">
              <option value="edited">With names and corrections</option>
              <option value="machine">As the machine heard it</option>
            </select>
          </label>
        )}
        {hasTimes && (
          <label class="check">
            <input
              key={format}
              type="checkbox"
              name="times"
              value="true"
              defaultChecked={format !== "text"}
            />
            Say when each turn begins
          </label>
        )}
        {hasRules && (
          <details>
            <summary>Subtitle rules</summary>
            <div class="rules">
              {RULES.map(({ name, label, min, max, usual, step }) => (
                <label key={name} class="field">
                  <span>{label}</span>
                  <input
                    type="number"
                    name={name}
                    min={min}
                    max={max}
                    step={step}
                    defaultValue={String(usual)}
                    required
                  />
                </label>
              ))}
              <label class="field">
                <span>Name the speaker</span>
                <select name="speaker_labels">
                  <option value="changes">where it changes</option>
                  <option value="always">always</option>
                  <option value="never">never</option>
                </select>
              </label>
            </div>
          </details>
        )}
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {isBusy ? "Preparing…" : "Download"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function fileNameOf(job: Job, ending: string): string {
  const stem = (job.audio.filename ?? "").replace(/\.[^.]*$/, "");
  return `${stem || "transcript"}.${ending}`;
}

function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Taken back when the browser has surely begun to save it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The whole text with its speakers, onto the clipboard. */
export function CopyButton({ diarist, job }: Of) {
  async function copy(): Promise<void> {
    const query = new URLSearchParams({ format: "text" });
    const text = fetchPath(diarist, transcriptPath(job, query)).then((answer) => answer.text());
    try {
      // Safari wants the clipboard asked at the click, before the text is here.
      const blob = text.then((plain) => new Blob([plain], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
      tell("The transcript is on the clipboard.");
    } catch (error) {
      await text.then(
        () => tell("The browser did not let us copy. Download it as plain text instead.", "problem"),
        () => tellProblem(error),
      );
    }
  }
  return (
    <button type="button" onClick={() => void copy()}>
      <CopyIcon /> Copy
    </button>
  );
}

const DAY = 24 * 60 * 60;
const SPANS = [
  { seconds: 60 * 60, text: "for an hour" },
  { seconds: DAY, text: "for a day" },
  { seconds: 7 * DAY, text: "for a week" },
  { seconds: 30 * DAY, text: "for 30 days" },
];

export function ShareButton({ diarist, job }: Of) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        <ShareIcon /> Share
      </button>
      {isOpen && <ShareDialog diarist={diarist} job={job} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ diarist, job, onClose }: Of & { onClose: () => void }) {
  const [seconds, setSeconds] = useState(7 * DAY);
  const [link, setLink] = useState<{ url: string; expires_at: string | null } | null>(null);
  const [open, setOpen] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const params = { path: { id: job.id } };

  useEffect(() => {
    dataOf(diarist.api.GET("/v1/jobs/{id}/share", { params })).then(
      ({ data }) => setOpen(data.length),
      setError,
    );
  }, [diarist, job.id, link]);

  async function attempt(work: () => Promise<void>): Promise<void> {
    setError(null);
    await work().catch(setError);
  }
  const share = () =>
    attempt(async () => {
      setLink(
        await dataOf(diarist.api.POST("/v1/jobs/{id}/share", { params, body: { expires_in: seconds } })),
      );
    });
  const endAll = () =>
    attempt(async () => {
      await diarist.api.DELETE("/v1/jobs/{id}/share", { params });
      setLink(null);
      setOpen(0);
      tell("No link opens this recording any more.");
    });

  return (
    <Dialog title="Share a link" onClose={onClose}>
      <p>Whoever has the link can read and hear this recording, and change nothing.</p>
      <label class="field">
        <span>It works</span>
        <select
          value={String(seconds)}
          onChange={({ currentTarget }) => {
            setSeconds(Number(currentTarget.value));
            setLink(null);
          }}
        >
          {SPANS.map(({ seconds: each, text }) => (
            <option key={each} value={String(each)}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {link && (
        <>
          <label class="field">
            <span>Link</span>
            <input readOnly value={link.url} onFocus={({ currentTarget }) => currentTarget.select()} />
          </label>
          {link.expires_at && (
            <p class="fine">Until {new Date(link.expires_at).toLocaleString()}. It is shown this once.</p>
          )}
        </>
      )}
      {error !== null && <Problem error={error} />}
      <footer>
        {open > 0 && (
          <button type="button" class="danger" onClick={() => void endAll()}>
            End {open === 1 ? "the link that is open" : `all ${open} links`}
          </button>
        )}
        {link ? (
          <button
            type="button"
            class="primary"
            onClick={() =>
              navigator.clipboard.writeText(link.url).then(
                () => tell("The link is on the clipboard."),
                () => tell("The browser did not let us copy. Select the link and copy it.", "problem"),
              )
            }
          >
            Copy the link
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => void share()}>
            Make a link
          </button>
        )}
      </footer>
    </Dialog>
  );
}

export function DeleteButton({ diarist, job, onDeleted }: Of & { onDeleted: () => void }) {
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
