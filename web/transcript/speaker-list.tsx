import { useComputed } from "@preact/signals";
import { colourNumber, type Speaker } from "./model/speakers.ts";
import type { Reading } from "./reading.ts";

/** The mark of a speaker: a colour and letters, since not everybody can distinguish colours. */
export function SpeakerMark({ speaker }: { speaker: Speaker }) {
  return (
    <span class="speaker-mark" data-speaker={colourNumber(speaker)} aria-hidden="true">
      {initialsOf(speaker)}
    </span>
  );
}

function initialsOf({ name, isNamed, number }: Speaker): string {
  if (!isNamed) return String(number + 1);
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("");
}

/** The speakers, with their share of the time. */
export function SpeakerList({ reading }: { reading: Reading }) {
  const { transcript, menu } = reading;
  const seconds = useComputed(() => {
    const talked = new Map<Speaker, number>();
    const { words, speakers } = transcript;
    if (!words.value) return talked;
    const { starts, ends, count, speakers: numbers } = words.value;
    for (let index = 0; index < count; index++) {
      const speaker = speakers.value.ofNumber(numbers[index] ?? 0);
      if (!speaker) continue;
      talked.set(speaker, (talked.get(speaker) ?? 0) + (ends[index] ?? 0) - (starts[index] ?? 0));
    }
    return talked;
  });
  const { list } = transcript.speakers.value;
  if (list.length === 0) return null;
  const all = [...seconds.value.values()].reduce((sum, each) => sum + each, 0);
  return (
    <aside class="speakers" aria-label="Speakers">
      <ul>
        {list.map((speaker) => {
          const share = all > 0 ? Math.round((100 * (seconds.value.get(speaker) ?? 0)) / all) : 0;
          const label = (
            <>
              <SpeakerMark speaker={speaker} />
              <span class="name">{speaker.name}</span>
              <span class="fine">{share} %</span>
            </>
          );
          return (
            <li key={speaker.id}>
              {transcript.readOnly ? (
                <span class="speaker">{label}</span>
              ) : (
                <button
                  type="button"
                  class="quiet speaker"
                  title="Name or merge"
                  onClick={() => {
                    menu.value = { speakerId: speaker.id, paragraph: null, selected: null };
                  }}
                >
                  {label}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </aside>
  );
}
