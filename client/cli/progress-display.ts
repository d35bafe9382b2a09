import { logUpdateStderr as screen } from "log-update";

/** The progress of one recording. */
type State = { doing: string; fraction?: number };

/** Shows progress on standard error: bars in a terminal, else a line for each step. */
export type ProgressDisplay = {
  update(name: string, state: State): void;
  /** A recording is finished: `line` stays on the screen. */
  finish(name: string, line: string): void;
  close(): void;
};

const BAR_CELLS = 20;
const LONGEST_NAME = 40;

export function createProgressDisplay(total: number): ProgressDisplay {
  return process.stderr.isTTY ? createBars(total) : createLines();
}

function createLines(): ProgressDisplay {
  const last = new Map<string, string>();
  return {
    update(name, { doing }) {
      if (last.get(name) !== doing) console.error(`${name}: ${doing}`);
      last.set(name, doing);
    },
    finish: (_, line) => console.error(line),
    close() {},
  };
}

function createBars(total: number): ProgressDisplay {
  const active = new Map<string, State>();
  let finished = 0;
  const draw = () => {
    const bars = [...active].map(([name, state]) => showBar(name, state));
    screen([...bars, `${finished} of ${total} done`].join("\n"));
  };
  return {
    update(name, state) {
      active.set(name, state);
      draw();
    },
    finish(name, line) {
      active.delete(name);
      finished++;
      screen.clear();
      console.error(line);
      draw();
    },
    close() {
      screen.clear();
      screen.done();
    },
  };
}

function showBar(name: string, { doing, fraction }: State): string {
  const shown = name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name;
  const cells = Math.round((fraction ?? 0) * BAR_CELLS);
  const bar = "█".repeat(cells) + "░".repeat(BAR_CELLS - cells);
  const percent = fraction === undefined ? "    " : `${Math.round(fraction * 100)}%`.padStart(4);
  return `${bar} ${percent}  ${shown}  ${doing}`;
}
