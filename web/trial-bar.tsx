import { useEffect, useState } from "preact/hooks";
import { SetKeyDialog } from "./app/set-key-dialog.tsx";
import { followSpeechApi, speechApi } from "./app/speech-api.ts";
import { toast } from "./app/toasts.tsx";
import { GetModels } from "./models/get-models.tsx";
import { useLocalModels } from "./models/use-local-models.ts";

/** Stays as long as nothing real is heard. */
export function TrialBar() {
  const [isOpen, setOpen] = useState(false);
  useEffect(followSpeechApi, []);
  useLocalModels(isOpen, () => toast("The speech models are here. From now on recordings are heard."));
  if (speechApi.value !== "stand-in") return null;
  return (
    <aside class="trial" aria-label="Trial">
      <p>
        Trial without a speech API: only the sample is understood.{" "}
        <button type="button" class="link" onClick={() => setOpen(true)}>
          Get real transcripts
        </button>
      </p>
      {isOpen && (
        <SetKeyDialog onClose={() => setOpen(false)}>
          <GetModels />
        </SetKeyDialog>
      )}
    </aside>
  );
}
