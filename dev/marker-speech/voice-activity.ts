// Says when anybody speaks, by energy alone: a 20 ms frame counts as speech when it stands well above the quiet
// of the last seconds. Meant for recordings without markers, where it is all the stand-in can say.

/** A stretch of sound, in seconds. */
export type Interval = { start: number; end: number };

type VoiceActivity = {
  /** Mono samples in, the stretches that ended in them out. */
  push(samples: Float32Array): Interval[];
  /** The stretch that lasts to the end, if any. */
  end(): Interval[];
};

const FRAME_SECONDS = 0.02;
/** A pause this long ends a stretch; shorter ones are between words. */
const HANGOVER_SECONDS = 0.3;
/** A click is not speech. */
const SHORTEST_SECONDS = 0.1;
/** Speech stands 10 dB above the room … */
const ABOVE_FLOOR = 10;
/** … and above -56 dBFS in any case. */
const LEAST_POWER = 2.5e-6;
/** Steady noise louder than this must be speech or music: no quiet room is recorded at -32 dBFS. */
const HIGHEST_FLOOR = 6e-4;
/** How fast the floor rises to meet noise that sets in: tenfold in about 10 s. */
const FLOOR_RISE = 1.0046;

/** @param sampleRate of the samples to come, in Hz */
export function createVoiceActivity(sampleRate: number): VoiceActivity {
  const frameLength = Math.max(1, Math.round(FRAME_SECONDS * sampleRate));
  const frameSeconds = frameLength / sampleRate;
  let sum = 0;
  let inFrame = 0;
  let frames = 0;
  let floor = LEAST_POWER / ABOVE_FLOOR;
  let open: Interval | null = null;

  function closeFrame(power: number): Interval[] {
    const start = frames * frameSeconds;
    const end = ++frames * frameSeconds;
    const isLoud = power > Math.max(LEAST_POWER, ABOVE_FLOOR * floor);
    floor = Math.min(Math.max(power, LEAST_POWER / ABOVE_FLOOR), floor * FLOOR_RISE, HIGHEST_FLOOR);
    if (isLoud) {
      open ??= { start, end };
      open.end = end;
      return [];
    }
    return open !== null && end - open.end >= HANGOVER_SECONDS ? close() : [];
  }

  function close(): Interval[] {
    const closed = open;
    open = null;
    return closed !== null && closed.end - closed.start >= SHORTEST_SECONDS ? [closed] : [];
  }

  return {
    push(samples) {
      const ended: Interval[] = [];
      for (let i = 0; i < samples.length; i++) {
        const sample = samples[i] ?? 0;
        sum += sample * sample;
        if (++inFrame === frameLength) {
          ended.push(...closeFrame(sum / frameLength));
          sum = 0;
          inFrame = 0;
        }
      }
      return ended;
    },
    end: close,
  };
}
