import { useState } from "preact/hooks";
import type { Diarist } from "../api/diarist.ts";
import { toastProblem } from "../app/toasts.tsx";
import { addFiles, uploads } from "./uploads.ts";

/** Sends the recording that comes with the page. */
export function SampleButton({ diarist }: { diarist: Diarist }) {
  const [isBusy, setBusy] = useState(false);
  async function send(): Promise<void> {
    const answer = await fetch("/sample/standup.mp3");
    if (!answer.ok) throw new Error("The sample is not on this server.");
    addFiles(diarist, [new File([await answer.blob()], "Sample stand-up.mp3", { type: "audio/mpeg" })], {});
  }
  return (
    <button
      type="button"
      disabled={isBusy || uploads.value.length > 0}
      onClick={() => {
        setBusy(true);
        void send()
          .catch(toastProblem)
          .finally(() => setBusy(false));
      }}
    >
      Try the sample
    </button>
  );
}
