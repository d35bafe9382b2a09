import { mergeByName } from "../../../shared/edits/layer.ts";
import { speakerName } from "../../app/speaker-name.ts";

/** One speaker for the reader, who may have several ids from the machine. */
export type Speaker = {
  /** The first of all ids that have the name. */
  id: string;
  ids: string[];
  name: string;
  isNamed: boolean;
  /** Selects the colour and mark; it stays the same while the transcript is open. */
  number: number;
};

export type Speakers = {
  list: Speaker[];
  /** By the index of an id in `Words.speakerIds`; undefined when the speaker is not known. */
  ofNumber: (number: number) => Speaker | undefined;
};

/**
 * @param ids the speakers' ids, as in `Words.speakerIds`
 * @param expected ids that are known before the words are here: they keep their colours
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

/** The number of the speaker's colour, as in `--speaker-1`; they repeat after the last. */
export function colourNumber({ number }: Speaker): number {
  return (number % COLOURS) + 1;
}
