// Reads the script make-audio performs: one turn a line, `A: any words here`.

/** One line of a script that makes sound or silence; `line` counts from 1. */
export type ScriptStep =
  | { kind: "turn"; line: number; speaker: string; words: string[]; at: number | null }
  | { kind: "pause"; line: number; seconds: number };

/** Thrown for a script that cannot be performed; the message begins with the line's number. */
export class ScriptError extends Error {
  override name = "ScriptError";
  readonly line: number;
  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

const TURN = /^(?:@(\S+)\s+)?([^\s:@#]+):(?:\s+(.*))?$/u;
const PAUSE = /^pause\b\s*(.*)$/u;
const SECONDS = /^\d+(\.\d+)?$/;

/**
 * @throws ScriptError
 */
export function parseScript(text: string): ScriptStep[] {
  return text.split(/\r\n|\r|\n/).flatMap((raw, index) => {
    const content = raw.replace(/^\uFEFF/, "").trim();
    return content === "" || content.startsWith("#") ? [] : [parseLine(content, index + 1)];
  });
}

function parseLine(content: string, line: number): ScriptStep {
  const pause = PAUSE.exec(content);
  const turn = TURN.exec(content);
  if (turn !== null) {
    const [, at, speaker = "", said = ""] = turn;
    const words = said.split(/\s+/u).filter((word) => word !== "");
    if (words.length === 0)
      throw new ScriptError(line, `${speaker} says nothing; write words after the colon`);
    return {
      kind: "turn",
      line,
      speaker,
      words,
      at: at === undefined ? null : readSeconds(at, line, "@12.5 A: …"),
    };
  }
  if (pause !== null) return { kind: "pause", line, seconds: readSeconds(pause[1] ?? "", line, "pause 3") };
  throw new ScriptError(
    line,
    `"${content.slice(0, 40)}" is neither "A: words", "@12.5 A: words", "pause 3" nor a # comment`,
  );
}

function readSeconds(text: string, line: number, example: string): number {
  if (!SECONDS.test(text))
    throw new ScriptError(line, `"${text}" is not a number of seconds, as in "${example}"`);
  return Number(text);
}
