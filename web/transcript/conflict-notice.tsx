import type { Reading } from "./reading.ts";

/** Somebody else corrected the same words first: their text is shown, ours waits here. */
export function ConflictNotice({ reading }: { reading: Reading }) {
  const { keeper } = reading.transcript;
  const [conflict, ...others] = keeper.conflicts.value;
  if (!conflict) return null;
  const dismiss = () => {
    keeper.conflicts.value = others;
  };
  return (
    <div class="problem conflict" role="alert">
      <p>
        <strong>Somebody else has corrected the same words meanwhile.</strong> You see their text; yours is
        not saved.
      </p>
      <button
        type="button"
        onClick={() => {
          dismiss();
          conflict.keepOurs();
        }}
      >
        Use my text
      </button>
      <button type="button" class="quiet" onClick={dismiss}>
        Keep theirs
      </button>
    </div>
  );
}
