import { useEffect, useState } from "preact/hooks";
import { SetKeyDialog } from "./app/set-key-dialog.tsx";
import { followSpeechApi, speechApi } from "./app/speech-api.ts";

/** Stays as long as nothing real is heard. */
export function TrialBar() {
  const [isOpen, setOpen] = useState(false);
  useEffect(followSpeechApi, []);
  if (speechApi.value !== "stand-in") return null;
  return (
    <aside class="trial" aria-label="Trial">
      <p>
        Trial without a speech API: only the sample is understood.{" "}
        <button type="button" class="link" onClick={() => setOpen(true)}>
          Get real transcripts
        </button>
      </p>
      {isOpen && <SetKeyDialog onClose={() => setOpen(false)} />}
    </aside>
  );
}
