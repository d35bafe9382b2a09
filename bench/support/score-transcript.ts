import type { Truth } from "../../dev/make-audio.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../../tests/support/audio/compare-with-truth.ts";

export type Score = {
  /** Words missing, too many or other than said; both lists of the transcript are looked at, the worse one counts. */
  wordErrors: number;
  /** The largest difference of a right word's start or end. */
  furthestMs: number;
  /** Share of the spoken time that goes to another speaker than the one it was said by, speakers matched at best. */
  speakerError: number;
  speakersHeard: number;
  speakersTrue: number;
  /** The first differences as sentences; none when everything is right. */
  problems: string[];
};

type Heard = { word: string; start: number; end: number; speaker_id?: string };

/** Holds a transcript against what was said in a marker recording. */
export function scoreTranscript(transcript: Transcript, truth: Truth): Score {
  const inSegments = transcript.speaker_segments.flatMap(({ speaker_id, words }) =>
    words.map((word) => ({ ...word, speaker_id })),
  );
  const lists = [transcript.words, inSegments].map((heard) => align(heard, truth));
  const pairs = lists[1]?.pairs ?? [];
  return {
    wordErrors: Math.max(...lists.map(({ errors }) => errors)),
    furthestMs:
      1000 *
      lists
        .flatMap((list) => list.pairs)
        .reduce(
          (most, { heard, said }) =>
            Math.max(most, Math.abs(heard.start - said.start), Math.abs(heard.end - said.end)),
          0,
        ),
    speakerError: speakerError(pairs),
    speakersHeard: new Set(inSegments.map(({ speaker_id }) => speaker_id)).size,
    speakersTrue: new Set(truth.words.map(({ speaker }) => speaker)).size,
    problems: compareWithTruth(transcript, truth),
  };
}

type Pair = { heard: Heard; said: Truth["words"][number] };
const NEAR_SECONDS = 0.5;

/** Both lists are in the order of time: words of one sound near one time are a pair, the others are errors. */
function align(heard: Heard[], { words: said }: Truth): { pairs: Pair[]; errors: number } {
  const pairs: Pair[] = [];
  let errors = 0;
  let at = 0;
  for (const word of said) {
    while ((heard[at]?.start ?? Infinity) < word.start - NEAR_SECONDS) {
      errors++;
      at++;
    }
    const found = heard[at];
    if (found && found.word === word.word && Math.abs(found.start - word.start) <= NEAR_SECONDS) {
      pairs.push({ heard: found, said: word });
      at++;
    } else errors++;
  }
  return { pairs, errors: errors + heard.length - at };
}

/** Each heard speaker stands for the one true speaker he says most for, the largest share first. */
function speakerError(pairs: Pair[]): number {
  const shares = new Map<string, { heard: string; said: string; seconds: number }>();
  let whole = 0;
  for (const { heard, said } of pairs) {
    const seconds = said.end - said.start;
    const name = heard.speaker_id ?? "";
    const key = JSON.stringify([name, said.speaker]);
    const share = shares.get(key) ?? { heard: name, said: said.speaker, seconds: 0 };
    shares.set(key, { ...share, seconds: share.seconds + seconds });
    whole += seconds;
  }
  const taken = { heard: new Set<string>(), said: new Set<string>() };
  let right = 0;
  for (const { heard, said, seconds } of [...shares.values()].sort((a, b) => b.seconds - a.seconds)) {
    if (heard === "" || taken.heard.has(heard) || taken.said.has(said)) continue;
    taken.heard.add(heard);
    taken.said.add(said);
    right += seconds;
  }
  return whole === 0 ? 0 : Math.max(0, 1 - right / whole);
}
