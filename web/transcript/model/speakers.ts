import { mergeByName } from "../../../shared/edits/layer.ts";
import { speakerName } from "../../app/speaker-name.ts";

/** One speaker to the reader, whatever number of ids the machine gave them. */
export type Speaker = {
  /** The id that stands for them: the first of all that have the name. */
  id: string;
  ids: string[];
  name: string;
  isNamed: boolean;
  /** Which colour and mark is theirs; it stays while the transcript is open. */
  number: number;
};

export type Speakers = {
  list: Speaker[];
  /** By the number of an id in `Words.speakerIds`; undefined where nobody is known to speak. */
  ofNumber: (number: number) => Speaker | undefined;
};

/**
 * @param ids by which words name their speakers, as in `Words.speakerIds`
 * @param expected ids that are known before the words have come: they keep their colours
 */
export function speakersOf(
  ids: readonly string[],
  names: Readonly<Record<string, string>>,
  expected: readonly string[] = [],
): Speakers {
  const merged = mergeByName(names);
  const byId = new Map<string, Speaker>();
  const known = new Set([...[...expected].sort(), ...ids]);
  known.delete("");
  for (const [number, id] of [...known].entries()) {
    const first = merged.get(id) ?? id;
    const speaker = byId.get(first) ?? {
      id: first,
      ids: [],
      name: speakerName(first, Object.hasOwn(names, first) ? names[first] : null),
      isNamed: Object.hasOwn(names, first),
      number,
    };
    speaker.ids.push(id);
    byId.set(first, speaker);
    byId.set(id, speaker);
  }
  return { list: [...new Set(byId.values())], ofNumber: (number) => byId.get(ids[number] ?? "") };
}

const COLOURS = 8;

/** Which of the colours is theirs, as in `--speaker-1`: in the order they come, then again from the first. */
export function colourNumber({ number }: Speaker): number {
  return (number % COLOURS) + 1;
}
