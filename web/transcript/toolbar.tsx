import { adviceOf } from "../app/problem.tsx";
import { DownIcon, FlagIcon, SearchIcon, UndoIcon, UpIcon } from "./icons.tsx";
import { MAX_MATCHES } from "./model/find-text.ts";
import type { Reading } from "./reading.ts";
import type { Flag } from "./transcript.ts";

/** Search, doubtful places and save state; stays at the top while the transcript is scrolled. */
export function Toolbar({ reading }: { reading: Reading }) {
  const { transcript } = reading;
  const { keeper, readOnly, showsMachine } = transcript;
  const isChanged = keeper.corrections.value.length > 0 || Object.keys(keeper.names.value).length > 0;
  return (
    <section class="toolbar" aria-label="Find and check">
      <Find reading={reading} />
      <Doubts reading={reading} />
      <span class="space" />
      {!readOnly && <Saving reading={reading} />}
      {!readOnly && keeper.canUndo.value && (
        <button type="button" class="quiet small" title="Undo (Ctrl Z)" onClick={() => keeper.undo()}>
          <UndoIcon /> Undo
        </button>
      )}
      {(isChanged || showsMachine.value) && (
        <button
          type="button"
          class="quiet small"
          aria-pressed={showsMachine.value}
          onClick={() => {
            reading.editing.value = null;
            showsMachine.value = !showsMachine.value;
          }}
        >
          As heard
        </button>
      )}
      <button
        type="button"
        class="quiet small"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => {
          reading.helpIsOpen.value = true;
        }}
      >
        ?
      </button>
    </section>
  );
}

function Find({ reading }: { reading: Reading }) {
  const { query, matches } = reading.transcript;
  const { length } = matches.value;
  const total = length === MAX_MATCHES ? `over ${MAX_MATCHES.toLocaleString()}` : length.toLocaleString();
  const summary = length === 0 ? "Not found" : `${reading.match.value + 1} of ${total}`;
  return (
    <search class="find">
      <SearchIcon />
      <input
        id="find"
        type="search"
        placeholder="Find"
        aria-label="Find in the transcript"
        autocomplete="off"
        value={query.value}
        onInput={({ currentTarget }) => reading.look(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            reading.stepMatch(event.shiftKey ? -1 : 1);
          } else if (event.key === "Escape") {
            reading.look("");
            event.currentTarget.blur();
          }
        }}
      />
      <span class="fine" role="status">
        {query.value.trim() === "" ? "" : summary}
      </span>
      {length > 0 && <Steps what="match" onStep={(step) => reading.stepMatch(step)} />}
    </search>
  );
}

function Steps({ what, onStep }: { what: string; onStep: (step: 1 | -1) => void }) {
  return (
    <>
      <button type="button" class="quiet small" aria-label={`Previous ${what}`} onClick={() => onStep(-1)}>
        <UpIcon />
      </button>
      <button type="button" class="quiet small" aria-label={`Next ${what}`} onClick={() => onStep(1)}>
        <DownIcon />
      </button>
    </>
  );
}

function Doubts({ reading }: { reading: Reading }) {
  const doubts = reading.transcript.doubts.value;
  if (doubts.length === 0) return null;
  const shown = doubts[reading.doubt.value];
  const count = `${doubts.length} doubtful ${doubts.length === 1 ? "place" : "places"}`;
  return (
    <div class="doubts">
      <FlagIcon />
      <span class="fine" role="status">
        {shown ? `${reading.doubt.value + 1} of ${doubts.length}: ${doubtText(shown.flag)}` : count}
      </span>
      <Steps what="doubtful place" onStep={(step) => reading.stepDoubt(step)} />
    </div>
  );
}

const DOUBTS: Record<Flag["kind"], string> = {
  long_word: "a very long word",
  lone_word: "a word alone in silence",
  loop: "said again and again",
  boilerplate: "a line machines make up",
  too_fast: "faster than people talk",
  too_slow: "hardly a word for its length",
  speaker_conflict: "the speaker is not sure",
};

export function doubtText(flag: Flag): string {
  return DOUBTS[flag.kind] ?? "doubtful";
}

function Saving({ reading }: { reading: Reading }) {
  const { keeper, isWhole } = reading.transcript;
  const saving = keeper.saving.value;
  if (saving.state === "failed") {
    const { message, action } = adviceOf(saving.error);
    return (
      <span class="saving failed" role="alert">
        Not saved. {message} {action}
        <button type="button" class="small" onClick={() => keeper.retry()}>
          Try again
        </button>
      </span>
    );
  }
  const isTouched = (keeper.kept.value?.revision ?? 0) > 0;
  const text = saving.state === "saving" ? "Saving…" : isTouched ? "Saved" : "";
  return (
    <span class="saving fine" role="status">
      {isWhole.value ? text : "Loading…"}
    </span>
  );
}
