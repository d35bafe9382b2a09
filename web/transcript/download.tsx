import { useState } from "preact/hooks";
import { type Diarist, fetchPath, type Job } from "../api/diarist.ts";
import { FormDialog } from "../app/form-dialog.tsx";
import { DownloadIcon } from "./icons.tsx";
import { transcriptPath } from "./transcript-path.ts";

/** The formats for download; `rules`: whether subtitle rules apply, `times`: whether times can be included. */
const FORMATS = [
  { format: "docx", name: "Word document", ending: "docx", times: true },
  { format: "text", name: "Plain text", ending: "txt", times: true },
  { format: "md", name: "Markdown", ending: "md", times: true },
  { format: "srt", name: "Subtitles, SubRip", ending: "srt", rules: true },
  { format: "vtt", name: "Subtitles, WebVTT", ending: "vtt", rules: true },
  { format: "csv", name: "Table, one row per turn", ending: "csv" },
  { format: "verbose_json", name: "JSON, with every word's time", ending: "json" },
  { format: "json", name: "JSON, text only", ending: "json" },
  { format: "zip", name: "All of them", ending: "zip", times: true, rules: true },
] as const;

const RULES = [
  { name: "max_chars_per_line", label: "Characters per line", min: 20, max: 100, usual: 42, step: 1 },
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
  const chosen = FORMATS.find((each) => each.format === format) ?? FORMATS[0];
  const hasTimes = "times" in chosen;
  const hasRules = "rules" in chosen;

  async function download(form: HTMLFormElement): Promise<void> {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) query.set(name, String(value));
    if (hasTimes) query.set("times", String(query.has("times")));
    const answer = await fetchPath(diarist, transcriptPath(job.id, query));
    saveFile(await answer.blob(), fileNameOf(job, chosen.ending));
    onClose();
  }

  return (
    <FormDialog title="Download the transcript" submit="Download" onSubmit={download} onClose={onClose}>
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
          <input key={format} type="checkbox" name="times" value="true" defaultChecked={format !== "text"} />
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
    </FormDialog>
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
  // Revoked when the browser has surely started to save it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
