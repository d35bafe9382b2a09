import { useState } from "preact/hooks";
import { formatClock } from "../app/format.ts";
import { toastProblem } from "../app/toasts.tsx";
import { canRecord, type StoredTake, startTake, take } from "./recorder.ts";

export function RecordButton() {
  const [isStarting, setStarting] = useState(false);
  if (!canRecord) return null;
  const start = async () => {
    setStarting(true);
    await startTake().catch(toastProblem);
    setStarting(false);
  };
  return (
    <button type="button" disabled={isStarting || take.value !== null} onClick={start}>
      <span class="record-dot" aria-hidden="true" />
      Record
    </button>
  );
}

/** Shown during a recording. */
export function RecorderPanel({ onDone }: { onDone: (take: StoredTake) => void }) {
  const current = take.value;
  if (!current) return null;
  const { isPaused, seconds, level, togglePause, stop } = current;
  return (
    <section class="recorder" aria-label="Recording from the microphone">
      <span class={isPaused ? "record-dot" : "record-dot live"} aria-hidden="true" />
      <span class="recorder-time" role="timer">
        {formatClock(seconds)}
      </span>
      <meter class="level" aria-label="Loudness" min={0} max={1} value={level} />
      <button type="button" onClick={togglePause}>
        {isPaused ? "Go on" : "Pause"}
      </button>
      <button type="button" class="primary" onClick={() => void stop().then(onDone, toastProblem)}>
        Stop and send
      </button>
    </section>
  );
}
