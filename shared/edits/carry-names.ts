import { assignBest } from "../stitch/speakers/assign-best.ts";
import type { SpeakerSegment, Transcript } from "../transcript/transcript.ts";
import { mergeByName } from "./layer.ts";

/** Somebody who was given a name, and where they are heard: seconds in the recording. */
export type NamedVoice = { name: string; places: [start: number, end: number][] };

/** As many tell a voice from the others, and a job keeps no more for each. */
const MAX_PLACES = 20;
/** A wrong name is worse than none: it goes to the speaker who has at least this share of the voice's places. */
const LEAST_SHARE = 0.5;

/** The voices that have names in this transcript: of each, its longest turns. */
export function voicesOf(
  { speaker_segments: turns }: Pick<Transcript, "speaker_segments">,
  names: Readonly<Record<string, string>>,
): NamedVoice[] {
  const merged = mergeByName(names);
  const people = [...new Set(merged.values())];
  return people.flatMap((id) => {
    const own = turns.filter((turn) => merged.get(turn.speaker_id) === id && turn.end > turn.start);
    const longest = own.sort((a, b) => b.end - b.start - (a.end - a.start)).slice(0, MAX_PLACES);
    const places = longest.map(({ start, end }): [number, number] => [start, end]);
    return places.length > 0 ? [{ name: names[id] ?? "", places }] : [];
  });
}

/** Finds out who has the named voices in another transcript of the recording, whose speakers have other ids. */
export class NameCarrier {
  readonly #voices: readonly NamedVoice[];
  /** Seconds of each voice's places, by speaker. */
  readonly #shared: Map<string, number>[];

  constructor(voices: readonly NamedVoice[]) {
    this.#voices = voices;
    this.#shared = voices.map(() => new Map());
  }

  /** The whole transcript's turns, or the next of a long one's. */
  add(turns: readonly Pick<SpeakerSegment, "speaker_id" | "start" | "end">[]): void {
    for (const [index, { places }] of this.#voices.entries()) {
      const shared = this.#shared[index];
      for (const { speaker_id: id, start, end } of turns) {
        let seconds = 0;
        for (const [from, to] of places) seconds += Math.max(0, Math.min(end, to) - Math.max(start, from));
        if (seconds > 0) shared?.set(id, (shared.get(id) ?? 0) + seconds);
      }
    }
  }

  /** Names by speaker id. */
  finish(): Record<string, string> {
    const speakers = [...new Set(this.#shared.flatMap((shared) => [...shared.keys()]))].sort();
    if (speakers.length === 0) return {};
    // With a column for each voice that stays without a speaker.
    const scores = this.#shared.map((shared) => [
      ...speakers.map((id) => shared.get(id) ?? 0),
      ...this.#voices.map(() => 0),
    ]);
    const names: Record<string, string> = {};
    for (const [index, column] of assignBest(scores).entries()) {
      const [voice, id] = [this.#voices[index], speakers[column]];
      if (!voice || id === undefined) continue;
      const total = voice.places.reduce((sum, [start, end]) => sum + end - start, 0);
      if ((scores[index]?.[column] ?? 0) >= total * LEAST_SHARE) names[id] = voice.name;
    }
    return names;
  }
}
