/** Who said which word, as a diarizer without memory would put it: fresh names, and a count within bounds. Pure. */

export type Spoken = { word: string; speaker: string; start: number; end: number };

type Bounds = { minSpeakers: number | undefined; maxSpeakers: number | undefined };

/**
 * Gives every word a `SPEAKER_NN`. The names are given out afresh on each call, by `random`, because the real service
 * names speakers afresh for every request and a client must not rely on the order.
 */
export function nameSpeakers(words: readonly Spoken[], bounds: Bounds, random: () => number): Spoken[] {
  const merged = mergeRarest(words, bounds.maxSpeakers ?? Number.POSITIVE_INFINITY);
  const counted = splitBusiest(merged, bounds.minSpeakers ?? 0);
  const speakers = [...countWords(counted).keys()];
  const names = shuffle(
    speakers.map((_, index) => `SPEAKER_${String(index).padStart(2, "0")}`),
    random,
  );
  const nameOf = new Map(speakers.map((speaker, index) => [speaker, names[index] ?? speaker]));
  return counted.map((word) => ({ ...word, speaker: nameOf.get(word.speaker) ?? word.speaker }));
}

/** Over the maximum, the speaker with the fewest words joins the one with the most; on a tie the later one goes. */
function mergeRarest(words: readonly Spoken[], max: number): readonly Spoken[] {
  const counts = [...countWords(words)];
  if (counts.length <= max) return words;
  const rarest = counts.reduceRight((least, entry) => (entry[1] < least[1] ? entry : least));
  const busiest = counts.reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  const merged = words.map((word) => (word.speaker === rarest[0] ? { ...word, speaker: busiest[0] } : word));
  return mergeRarest(merged, max);
}

/** Under the minimum, the later half of the speaker with the most words becomes a new one, while there are words. */
function splitBusiest(words: readonly Spoken[], min: number): readonly Spoken[] {
  const counts = countWords(words);
  const busiest = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most), ["", 0]);
  if (counts.size >= min || busiest[1] < 2) return words;
  let seen = 0;
  const split = words.map((word) => {
    if (word.speaker !== busiest[0]) return word;
    seen += 1;
    return seen > busiest[1] / 2 ? { ...word, speaker: `${word.speaker} #${counts.size}` } : word;
  });
  return splitBusiest(split, min);
}

function countWords(words: readonly Spoken[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { speaker } of words) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  return counts;
}

function shuffle(items: readonly string[], random: () => number): string[] {
  const left = [...items];
  const dealt: string[] = [];
  while (left.length > 0) dealt.push(...left.splice(Math.floor(random() * left.length), 1));
  return dealt;
}
