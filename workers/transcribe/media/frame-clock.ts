/** What a frame plays, in seconds from the recording's start, while frames of perhaps several sample rates go by. */
type FrameClock = {
  /** @returns where the next frame starts, and moves on to its end */
  tick(samples: number, sampleRate: number): number;
  now(): number;
};

/** Counts samples, not seconds, so that nothing adds up over millions of frames. */
export function createFrameClock(start: number): FrameClock {
  let rateStart = start;
  let rate = 1;
  let samples = 0;
  const now = () => rateStart + samples / rate;
  return {
    now,
    tick(frameSamples, sampleRate) {
      const at = now();
      if (sampleRate !== rate) {
        rateStart = at;
        rate = sampleRate;
        samples = 0;
      }
      samples += frameSamples;
      return at;
    },
  };
}
