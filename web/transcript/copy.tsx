import { type Diarist, fetchPath, type Job } from "../api/diarist.ts";
import { toast, toastProblem } from "../app/toasts.tsx";
import { CopyIcon } from "./icons.tsx";
import { transcriptPath } from "./transcript-path.ts";

/** Copies the whole text with its speakers to the clipboard. */
export function CopyButton({ diarist, job }: { diarist: Diarist; job: Job }) {
  async function copy(): Promise<void> {
    const text = fetchPath(diarist, transcriptPath(job.id, { format: "text" })).then((answer) =>
      answer.text(),
    );
    try {
      // Safari requires the clipboard call at the click, before the text is here.
      const blob = text.then((plain) => new Blob([plain], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
      toast("The transcript is on the clipboard.");
    } catch (error) {
      await text.then(
        () => toast("The browser did not let us copy. Download it as plain text instead.", "problem"),
        () => toastProblem(error),
      );
    }
  }
  return (
    <button type="button" onClick={() => void copy()}>
      <CopyIcon /> Copy
    </button>
  );
}
