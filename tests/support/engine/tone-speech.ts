/**
 * Speech that hand-made networks understand: a word is a high tone, a voice a low one under it. What is said is known
 * to the sample, so the whole way through the real engine can be held against it without a trained model.
 */

export const WORDS = ["good", "morning", "all", "hello", "there", "ship", "it", "today", "yes", "no"];
/** In Hz. */
export const VOICES = [300, 500, 800];
export const RATE = 16_000;

const WORD_SECONDS = 0.3;
const GAP_SECONDS = 0.1;
const PAUSE_SECONDS = 0.7;
const FADE_SAMPLES = 160;
const LOUDNESS = 0.25;

type ToneWord = { word: string; voice: number; start: number; end: number };
export type ToneTurn = [voice: number, text: string];

/** The tone of a word in Hz: from 2.2 to 6.4 kHz, evenly spread on the mel scale. */
export function toneOf(word: string): number {
  const index = WORDS.indexOf(word);
  if (index < 0) throw new Error(`no tone for ${word}: there are ${WORDS.join(", ")}`);
  return melToHertz(hertzToMel(2200) + (index * (hertzToMel(6400) - hertzToMel(2200))) / (WORDS.length - 1));
}

/** Turns with a pause of 0.7 s around each, at 16 kHz unless told. */
export function toneSpeech(turns: ToneTurn[], rate = RATE): { samples: Float32Array; words: ToneWord[] } {
  const samples: number[] = [];
  const words: ToneWord[] = [];
  const pause = () => {
    for (let i = 0; i < PAUSE_SECONDS * rate; i++) samples.push(0);
  };
  pause();
  for (const [voice, text] of turns) {
    for (const word of text.split(" ")) {
      const length = Math.round(WORD_SECONDS * rate);
      const start = samples.length / rate;
      words.push({ word, voice, start, end: start + WORD_SECONDS });
      for (let i = 0; i < length; i++) {
        const fade = Math.min(1, i / FADE_SAMPLES, (length - i) / FADE_SAMPLES);
        samples.push(fade * (tone(VOICES[voice] ?? 0, i, rate) + tone(toneOf(word), i, rate)));
      }
      for (let i = 0; i < GAP_SECONDS * rate; i++) samples.push(tone(VOICES[voice] ?? 0, i, rate));
    }
    pause();
  }
  return { samples: Float32Array.from(samples), words };
}

function tone(hertz: number, sample: number, rate: number): number {
  return LOUDNESS * Math.sin((2 * Math.PI * hertz * sample) / rate);
}

function hertzToMel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

function melToHertz(mel: number): number {
  return 700 * (Math.exp(mel / 1127) - 1);
}
