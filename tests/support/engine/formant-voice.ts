/** What a trained network takes for somebody speaking: pulses through three formants, in syllables. No words. */

const VOWELS = [
  [700, 1200, 2600],
  [300, 2300, 3000],
  [400, 800, 2400],
  [500, 1800, 2500],
];
const SYLLABLE_SECONDS = 0.22;

export function formantVoice(seconds: number, rate = 16_000): Float32Array {
  const filters = [0, 1, 2].map(() => ({ last: 0, before: 0 }));
  let phase = 0;
  return Float32Array.from({ length: seconds * rate }, (_, i) => {
    const time = i / rate;
    const syllable = Math.floor(time / SYLLABLE_SECONDS);
    phase += (120 + 15 * Math.sin(2 * Math.PI * 1.3 * time) + 8 * Math.sin(2.1 * syllable)) / rate;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const loudness = Math.sqrt(Math.max(0, Math.sin(Math.PI * ((time / SYLLABLE_SECONDS) % 1))));
    const voice = filters.reduce((sum, filter, k) => {
      const radius = Math.exp((-Math.PI * (60 + 40 * k)) / rate);
      const angle = (2 * Math.PI * (VOWELS[syllable % VOWELS.length]?.[k] ?? 0)) / rate;
      const out = pulse + 2 * radius * Math.cos(angle) * filter.last - radius * radius * filter.before;
      filter.before = filter.last;
      filter.last = out;
      return sum + out / 2 ** k;
    }, 0);
    return 0.05 * loudness * voice;
  });
}
