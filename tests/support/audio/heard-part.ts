import type { HeardPart } from "../../../shared/stitch/heard-part.ts";
import type { TranscriptWord } from "../../../shared/transcript/transcript.ts";
import { transcriptOf } from "./simulated-hearing.ts";

const WORD_SECONDS = 0.4;

/**
 * A part from `start` to `end` in which was heard what the script says: `A: hello@12.5 there@13 B: yes@14`. Times are
 * seconds in the recording, as one reads them best in a test; words before the first name have no speaker.
 */
export function heardPart(start: number, end: number, script: string): HeardPart {
  const words: TranscriptWord[] = [];
  let speaker: string | undefined;
  for (const token of script.split(/\s+/).filter((each) => each !== "")) {
    if (/^\w+:$/.test(token)) {
      speaker = token.slice(0, -1);
      continue;
    }
    const [word = "", time] = token.split("@");
    const from = Number(time) - start;
    words.push({
      id: words.length,
      word,
      start: from,
      end: from + WORD_SECONDS,
      ...(speaker === undefined ? {} : { speaker_id: speaker }),
    });
  }
  return { start, end, transcript: transcriptOf(words, end - start) };
}
