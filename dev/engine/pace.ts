/** How fast this machine hears, learned from what it has heard; and what follows for the next recording. Pure. */

import { TooLongToHearError } from "./engine-errors.ts";

type Kind = "words" | "speakers";

type Pace = {
  /** @throws TooLongToHearError if an answer is known to take too long */
  refuseTooLong(seconds: number, kind: Kind): void;
  begin(seconds: number, kind: Kind, at: number): void;
  /** @throws TooLongToHearError once an answer is seen to take too long */
  progress(seconds: number, at: number): void;
  /** `at` null: it was not heard to its end. */
  end(at: number | null): void;
  /** Until the one under way is done, about. */
  secondsLeft(at: number): number;
};

/** Before this much work, how long the rest takes is a guess. */
const LEAST_WORK_SECONDS = 20;
/** Shorter recordings say little: loading and starting are most of their time. */
const LEAST_AUDIO_SECONDS = 60;
const SHORTEST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 60;
const UNKNOWN_WAIT_SECONDS = 5;

/** @param longestAnswerSeconds how long a caller waits; 0 is for ever */
export function createPace(longestAnswerSeconds: number): Pace {
  /** Seconds of work for each second of audio. */
  const rates = new Map<Kind, number>();
  let underWay: { seconds: number; kind: Kind; since: number } | null = null;

  function longestAt(rate: number): number {
    return longestAnswerSeconds === 0 ? Number.POSITIVE_INFINITY : longestAnswerSeconds / rate;
  }

  return {
    refuseTooLong(seconds, kind) {
      const longest = longestAt(rates.get(kind) ?? 0);
      if (seconds > longest) throw new TooLongToHearError(longest);
    },
    begin(seconds, kind, since) {
      underWay = { seconds, kind, since };
    },
    progress(done, at) {
      if (!underWay) return;
      const { seconds, kind, since } = underWay;
      const worked = (at - since) / 1000;
      if (worked < LEAST_WORK_SECONDS || done < LEAST_AUDIO_SECONDS) return;
      const rate = worked / done;
      if (seconds <= longestAt(rate)) return;
      rates.set(kind, rate);
      throw new TooLongToHearError(longestAt(rate));
    },
    end(at) {
      if (at !== null && underWay && underWay.seconds >= LEAST_AUDIO_SECONDS) {
        rates.set(underWay.kind, (at - underWay.since) / 1000 / underWay.seconds);
      }
      underWay = null;
    },
    secondsLeft(at) {
      const rate = underWay && rates.get(underWay.kind);
      if (!underWay || !rate) return UNKNOWN_WAIT_SECONDS;
      const left = Math.ceil(underWay.seconds * rate - (at - underWay.since) / 1000);
      return Math.min(Math.max(left, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS);
    },
  };
}
