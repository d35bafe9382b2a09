import type { HeardPart } from "../../../shared/stitch/heard-part.ts";
import { foldWord } from "../../../shared/stitch/seams/align-words.ts";
import { assignBest } from "../../../shared/stitch/speakers/assign-best.ts";
import type { SpeakerName } from "../../../shared/stitch/stitcher.ts";
import type { Transcript, TranscriptWord } from "../../../shared/transcript/transcript.ts";
import type { Said } from "./simulated-hearing.ts";
import type { Recording } from "./simulated-recording.ts";

/** A name without a score is taken for a strong link. */
type MeasuredName = SpeakerName & { weak?: boolean };

export type Measures = {
  /** Words that some part has heard, and the whole has not; words that it has twice. */
  lost: number;
  doubled: number;
  /** Words missing, misspelt, made up or doubled, as a share of the words said. */
  wordErrors: number;
  /** Share of speech time given to a wrong person, and what of it is the parts' own mistake. */
  wrongTime: number;
  wrongTimeOfParts: number;
  speakers: number;
  /** Fraction of local speakers linked to a person they are not (by what they mostly say), and of their seconds. */
  wrongLinks: number;
  wrongLinkSeconds: number;
  /** Share of links flagged as weak, and of wrong ones among the others. */
  weakLinks: number;
  wrongAmongStrong: number;
};

export function measureStitching(
  recording: Recording,
  parts: readonly HeardPart[],
  names: readonly MeasuredName[],
  whole: Transcript,
): Measures {
  return {
    ...measureWords(recording, parts, whole.words),
    ...measureSpeakers(recording, parts, names, whole.words),
  };
}

function measureWords(recording: Recording, parts: readonly HeardPart[], words: readonly TranscriptWord[]) {
  const found = new Float64Array(recording.words.length);
  let wrong = 0;
  for (const word of words) {
    const said = saidOf(word);
    for (const { ref, share } of said) found[ref] = (found[ref] ?? 0) + share;
    const truth = said.map(({ ref }) => recording.words[ref]?.word ?? "").join("");
    if (said.length === 0 || foldWord(word.word) !== foldWord(truth)) wrong++;
  }
  const heard = new Set(parts.flatMap((part) => part.transcript.words.flatMap(saidOf)).map(({ ref }) => ref));
  const lost = [...heard].filter((ref) => (found[ref] ?? 0) < 0.9).length;
  const doubled = found.reduce((sum, share) => sum + (share > 1.1 ? 1 : 0), 0);
  const missing = found.filter((share) => share < 0.9).length;
  return { lost, doubled, wordErrors: (wrong + missing + doubled) / found.length };
}

function measureSpeakers(
  recording: Recording,
  parts: readonly HeardPart[],
  names: readonly MeasuredName[],
  words: readonly TranscriptWord[],
) {
  const bySpeaker = secondsByPerson(recording, words, (word) => word.speaker_id ?? "");
  const speakers = [...bySpeaker.keys()];
  const columns = Math.max(speakers.length, recording.persons);
  const scores = speakers.map((speaker) =>
    Array.from({ length: columns }, (_, person) => bySpeaker.get(speaker)?.[person] ?? 0),
  );
  const personOf = new Map(assignBest(scores).map((person, row) => [speakers[row], person]));
  const right = speakers.reduce(
    (sum, speaker) => sum + (bySpeaker.get(speaker)?.[personOf.get(speaker) ?? -1] ?? 0),
    0,
  );
  const all = [...bySpeaker.values()].flatMap((seconds) => [...seconds]).reduce((sum, each) => sum + each, 0);

  const localSpeakers = {
    count: 0,
    wrong: 0,
    strong: 0,
    wrongStrong: 0,
    seconds: 0,
    wrongSeconds: 0,
    mixedSeconds: 0,
  };
  for (const [index, part] of parts.entries()) {
    for (const [local, seconds] of secondsByPerson(
      recording,
      part.transcript.words,
      (word) => word.speaker_id ?? "",
    )) {
      const own = seconds.indexOf(Math.max(...seconds));
      const total = seconds.reduce((sum, each) => sum + each, 0);
      const name = names.find((each) => each.part === index && each.local === local);
      const isWrong = personOf.get(name?.speaker ?? "") !== own;
      localSpeakers.count++;
      localSpeakers.seconds += total;
      localSpeakers.mixedSeconds += total - (seconds[own] ?? 0);
      if (isWrong) localSpeakers.wrong++;
      const isStrong = name?.weak !== true;
      if (isStrong) localSpeakers.strong++;
      if (isStrong && isWrong) localSpeakers.wrongStrong++;
      if (isWrong) localSpeakers.wrongSeconds += total;
    }
  }
  return {
    wrongTime: 1 - right / all,
    wrongTimeOfParts: localSpeakers.mixedSeconds / localSpeakers.seconds,
    speakers: speakers.length,
    wrongLinks: localSpeakers.wrong / localSpeakers.count,
    wrongLinkSeconds: localSpeakers.wrongSeconds / localSpeakers.seconds,
    weakLinks: 1 - localSpeakers.strong / localSpeakers.count,
    wrongAmongStrong: localSpeakers.wrongStrong / Math.max(1, localSpeakers.strong),
  };
}

/** For each name the true seconds of each person's words that have it. */
function secondsByPerson(
  recording: Recording,
  words: readonly TranscriptWord[],
  nameOf: (word: TranscriptWord) => string,
): Map<string, Float64Array> {
  const byName = new Map<string, Float64Array>();
  for (const word of words) {
    const name = nameOf(word);
    for (const { ref, share } of saidOf(word)) {
      const said = recording.words[ref];
      if (!said) continue;
      const seconds = byName.get(name) ?? new Float64Array(recording.persons);
      byName.set(name, seconds);
      seconds[said.person] = (seconds[said.person] ?? 0) + share * (said.end - said.start);
    }
  }
  return byName;
}

/** What a simulated answer's word is of; it comes through stitching as an unknown key. */
export function saidOf(word: TranscriptWord): readonly Said[] {
  return "said" in word && Array.isArray(word.said) ? word.said : [];
}
