import type { Truth } from "../../../dev/make-audio.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";

const TOLERATED_SECONDS = 0.05;
const MOST_SHOWN = 10;

/**
 * What a transcript has wrong about a marker recording, as sentences, none when every word is there, said by the
 * right speaker (speakers have other names than in the script, but one each) at the right time. Both lists of words
 * are looked at: the flat one, and the one in the speaker segments.
 */
export function compareWithTruth(transcript: Transcript, truth: Truth): string[] {
  const inSegments = transcript.speaker_segments.flatMap((segment) =>
    segment.words.map((word) => ({ ...word, speaker_id: segment.speaker_id })),
  );
  const problems = [
    ...compareWords("words", transcript.words, truth),
    ...compareWords("speaker_segments", inSegments, truth),
  ];
  const said = truth.words.map(({ word }) => word).join(" ");
  if (transcript.text !== said) problems.push("text is not what was said");
  if (transcript.segments.map(({ text }) => text.trim()).join(" ") !== said) {
    problems.push("the segments together are not what was said");
  }
  if (Math.abs(transcript.duration - truth.duration) > 2 * TOLERATED_SECONDS) {
    problems.push(`it lasts ${transcript.duration} s and not ${truth.duration} s`);
  }
  return problems.slice(0, MOST_SHOWN);
}

function compareWords(list: string, heard: Transcript["words"], { words: said }: Truth): string[] {
  const problems: string[] = [];
  if (heard.length !== said.length) problems.push(`${list} has ${heard.length} words of ${said.length}`);
  const names = new Map<string, string>();
  const letters = new Map<string, string>();
  for (const [n, truth] of said.entries()) {
    const word = heard[n];
    if (!word) break;
    const at = `${list}[${n}] at ${truth.start} s`;
    if (word.word !== truth.word) problems.push(`${at} is "${word.word}" and not "${truth.word}"`);
    const off = Math.max(Math.abs(word.start - truth.start), Math.abs(word.end - truth.end));
    if (off > TOLERATED_SECONDS) problems.push(`${at} is ${Math.round(off * 1000)} ms off`);
    const name = word.speaker_id ?? "nobody";
    if (
      setOnce(names, truth.speaker, name) !== name ||
      setOnce(letters, name, truth.speaker) !== truth.speaker
    ) {
      problems.push(`${at} is said by ${name} and not by ${truth.speaker}`);
    }
  }
  return problems;
}

/** The value that the key has, this one if it had none. */
function setOnce(map: Map<string, string>, key: string, value: string): string {
  const known = map.get(key) ?? value;
  map.set(key, known);
  return known;
}
