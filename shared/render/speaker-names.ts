import type { Transcript } from "../transcript/transcript.ts";

/** The name to show for a speaker id. Two ids given one name are one speaker to the reader. */
export type NameOf = (speaker: string) => string;

/** Names are shown on one line; an empty one is none, and then the id itself is shown. */
export function speakerNamer(names: Readonly<Record<string, string>> = {}): NameOf {
  return (speaker) => {
    const given = Object.hasOwn(names, speaker) ? names[speaker] : undefined;
    return oneLine(given ?? "") || oneLine(speaker);
  };
}

export function speakersShown(transcript: Transcript, nameOf: NameOf): Set<string> {
  const shown = new Set<string>();
  for (const segment of transcript.speaker_segments) shown.add(nameOf(segment.speaker_id));
  for (const word of transcript.words) if (word.speaker_id !== undefined) shown.add(nameOf(word.speaker_id));
  return shown;
}

/** Text without line breaks and control characters, which would end a line, a cue or a row in one format or another. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
