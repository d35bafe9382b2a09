/**
 * Strict readers of SubRip and WebVTT, written against the formats and not against our writers. They refuse what a
 * lenient player would let pass, and what our own rules forbid: more than two lines of 42 characters, more than 7 s,
 * cues that touch the next one's time. The first breach is thrown, with the number of the cue.
 */

/** Milliseconds; `lines` without markup. */
type ReadCue = { startMs: number; endMs: number; voice: string | undefined; lines: string[] };

const MAX_LINES = 2;
const MAX_LINE_CHARACTERS = 42;
const MAX_CUE_MS = 7000;

/** Line ends that some reader takes for one (Python's splitlines), none of which may stand inside a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this is for.
const HIDDEN_LINE_END = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/;

export function readStrictSrt(body: string): ReadCue[] {
  if (body === "") return [];
  assert(body.endsWith("\n") && !body.endsWith("\n\n"), "the file ends in exactly one line end");
  const cues = body
    .slice(0, -1)
    .split("\n\n")
    .map((block, index) => {
      const [number, times = "", ...lines] = block.split("\n");
      assert(number === String(index + 1), `cue ${index + 1} is numbered ${number}`);
      const { startMs, endMs } = readTimes(times, ",", index);
      for (const line of lines) assert(!line.includes("-->"), `cue ${index + 1} has an arrow in its text`);
      return { startMs, endMs, voice: undefined, lines };
    });
  return checkCues(cues);
}

export function readStrictVtt(body: string): ReadCue[] {
  const [header, ...blocks] = body.split("\n\n");
  assert(
    header === "WEBVTT" || (blocks.length === 0 && header === "WEBVTT\n"),
    "the file begins with WEBVTT",
  );
  if (blocks.length === 0) return [];
  assert(body.endsWith("\n") && !body.endsWith("\n\n"), "the file ends in exactly one line end");
  const cues = blocks.map((block, index) => {
    const [times = "", ...payload] = block.replace(/\n$/, "").split("\n");
    const { startMs, endMs } = readTimes(times, ".", index);
    const text = payload.join("\n");
    assert(!text.includes("-->"), `cue ${index + 1} has an arrow in its text`);
    const voice = /^<v ([^<>\n]+)>/.exec(text);
    const spoken = text.slice(voice?.[0].length ?? 0);
    assert(!/[<>]/.test(spoken), `cue ${index + 1} has a bare angle bracket`);
    return {
      startMs,
      endMs,
      voice: voice?.[1] === undefined ? undefined : unescapeVtt(voice[1], index),
      lines: unescapeVtt(spoken, index).split("\n"),
    };
  });
  return checkCues(cues);
}

function readTimes(line: string, separator: string, index: number): { startMs: number; endMs: number } {
  const clock = `(\\d{2,}):([0-5]\\d):([0-5]\\d)\\${separator}(\\d{3})`;
  const match = new RegExp(`^${clock} --> ${clock}$`).exec(line);
  assert(match !== null, `cue ${index + 1} has no time line but ${JSON.stringify(line)}`);
  const [h1, m1, s1, f1, h2, m2, s2, f2] = match.slice(1).map(Number);
  return { startMs: total(h1, m1, s1, f1), endMs: total(h2, m2, s2, f2) };
}

function total(hours = 0, minutes = 0, seconds = 0, milliseconds = 0): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

function checkCues(cues: ReadCue[]): ReadCue[] {
  let free = 0;
  for (const [index, { startMs, endMs, lines }] of cues.entries()) {
    const cue = `cue ${index + 1}`;
    assert(startMs >= free, `${cue} starts at ${startMs} ms, before ${free} ms, where the one before ends`);
    assert(endMs > startMs, `${cue} lasts ${endMs - startMs} ms`);
    assert(endMs - startMs <= MAX_CUE_MS, `${cue} lasts ${endMs - startMs} ms`);
    assert(lines.length >= 1 && lines.length <= MAX_LINES, `${cue} has ${lines.length} lines`);
    for (const line of lines) {
      assert(line.trim() === line && line !== "", `${cue} has a blank or padded line`);
      assert(line.length <= MAX_LINE_CHARACTERS, `${cue} has a line of ${line.length} characters`);
      assert(!HIDDEN_LINE_END.test(line), `${cue} has a control character`);
    }
    free = endMs;
  }
  return cues;
}

function unescapeVtt(text: string, index: number): string {
  return text.replace(/&(\w*;)?/g, (found) => {
    const plain = { "&amp;": "&", "&lt;": "<", "&gt;": ">" }[found];
    assert(plain !== undefined, `cue ${index + 1} has a bare ampersand`);
    return plain;
  });
}

function assert(claim: boolean, breach: string): asserts claim {
  if (!claim) throw new Error(`not a strict subtitle file: ${breach}`);
}
