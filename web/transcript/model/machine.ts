import type { TranscriptId, TranscriptWord } from "../../../shared/transcript/transcript.ts";
import type { MachineRun } from "./read-machine.ts";
import { joinWords, textOf, type Words } from "./words.ts";

/** The machine's transcript: corrections are applied to it, and it never changes. */
export type Machine = {
  words: Words;
  ids: TranscriptId[];
  placeOfId: (id: TranscriptId) => number | undefined;
  /** The word as in the API. */
  wordAt: (place: number) => TranscriptWord;
  hasWords: boolean;
};

/** The machine's transcript as far as it has been loaded. */
export function machineOf(runs: readonly MachineRun[]): Machine {
  const words = joinWords(runs.map((run) => run.words));
  const ids = runs.flatMap((run) => run.ids);
  const bare = new Map(runs.flatMap((run) => run.bare));
  let places: Map<TranscriptId, number> | undefined;
  return {
    words,
    ids,
    placeOfId(id) {
      // Nearly always, a word's id is its index.
      if (typeof id === "number" && ids[id] === id) return id;
      places ??= firstPlaces(ids);
      return places.get(id);
    },
    wordAt(place) {
      const speaker = words.speakerIds[words.speakers[place] ?? 0] ?? "";
      return {
        id: ids[place] ?? place,
        word: bare.get(place) ?? textOf(words, place),
        start: words.starts[place] ?? 0,
        end: words.ends[place] ?? 0,
        ...(speaker === "" ? {} : { speaker_id: speaker }),
      };
    },
    hasWords: runs[0]?.hasWords ?? false,
  };
}

/** The first of two words with one id, as in the API. */
function firstPlaces(ids: readonly TranscriptId[]): Map<TranscriptId, number> {
  const places = new Map<TranscriptId, number>();
  for (const [place, id] of ids.entries()) if (!places.has(id)) places.set(id, place);
  return places;
}
