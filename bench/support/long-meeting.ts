import { createRandom, randomInt } from "../../dev/marker-speech/random.ts";
import { randomScript } from "../../dev/marker-speech/random-script.ts";

type LongMeeting = { hours: number; words: number; seed: number };

/** A stretch of the script in which the same people talk, in minutes: a fourth of the default part. */
const STRETCH_MINUTES = 5;
const STRETCHES_PER_PART = 4;
/** The share of the recording after which the last one comes in: hour 7 of 10. */
const LATECOMER_AFTER = 0.7;

/**
 * What is hard about linking speakers over parts of 20 minutes: A, B and C talk all the time, D and E only far from
 * every seam, F comes in after seven tenths.
 */
export function longMeeting({ hours, words, seed }: LongMeeting): string {
  const random = createRandom(seed);
  const stretches = (hours * 60) / STRETCH_MINUTES;
  const lines: string[] = [];
  for (let n = 0; n < stretches; n++) {
    const place = n % STRETCHES_PER_PART;
    const isBySeam = place === 0 || place === STRETCHES_PER_PART - 1;
    const people = [..."ABC", ...(isBySeam ? "" : "DE"), ...(n >= stretches * LATECOMER_AFTER ? "F" : "")];
    const script = randomScript({
      words: Math.round(((n + 1) * words) / stretches) - Math.round((n * words) / stretches),
      speakers: people.length,
      seconds: STRETCH_MINUTES * 60,
      seed: randomInt(random, 1, 2 ** 30),
    });
    lines.push(...moveTo(script, n * STRETCH_MINUTES * 60, people, n === stretches - 1));
  }
  return lines.join("\n");
}

/** The lines of one stretch where they lie in the whole, said by these people; its last pause only at the very end. */
function moveTo(script: string, offset: number, people: string[], isLast: boolean): string[] {
  return script
    .trimEnd()
    .split("\n")
    .flatMap((line) => {
      const turn = /^@([\d.]+) ([A-Z])(:.*)$/.exec(line);
      if (!turn) return isLast ? [line] : [];
      const [, at, letter, said] = turn;
      return [`@${(offset + Number(at)).toFixed(3)} ${people[(letter ?? "A").charCodeAt(0) - 65]}${said}`];
    });
}
