import { mergeByName } from "../../../shared/edits/layer.ts";

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
      name: (Object.hasOwn(names, first) && names[first]) || plainName(first),
      isNamed: Object.hasOwn(names, first),
      number,
    };
    speaker.ids.push(id);
    byId.set(first, speaker);
    byId.set(id, speaker);
  }
  return { list: [...new Set(byId.values())], ofNumber: (number) => byId.get(ids[number] ?? "") };
}

/** `SPEAKER_00` is the machine's word for it; people count from one. */
export function plainName(id: string): string {
  const number = /^SPEAKER_(\d+)$/.exec(id)?.[1];
  return number === undefined ? id : `Speaker ${Number(number) + 1}`;
}
