import { computed, effect, signal, untracked } from "@preact/signals";
import { paragraphOf, stretchOf } from "./model/paragraphs.ts";
import { lastUpTo } from "./model/words.ts";
import { Playback } from "./playback.ts";
import type { OpenTranscript } from "./transcript.ts";

/** The subject of a menu: a speaker, and the paragraph it was opened at. */
export type SpeakerMenu = {
  speakerId: string;
  paragraph: number | null;
  selected: { first: number; end: number } | null;
};

/** The state of reading a transcript: the position, the search, the edit in progress. */
export class Reading {
  readonly transcript: OpenTranscript;
  readonly playback: Playback;
  /** Whether the page keeps the word that is being said visible. */
  readonly follows = signal(true);
  /** The place of the first word of the paragraph that is being edited. */
  readonly editing = signal<number | null>(null);
  readonly menu = signal<SpeakerMenu | null>(null);
  readonly helpIsOpen = signal(false);
  /** The index of the current match; -1 before any. */
  readonly match = signal(-1);
  readonly doubt = signal(-1);
  /** Scrolls to a word; set by the list. */
  reveal: (word: number) => void = () => {};
  readonly #stop: () => void;

  constructor(transcript: OpenTranscript) {
    this.transcript = transcript;
    const { diarist, job } = transcript;
    this.playback = new Playback(diarist, job.id, job.result?.duration ?? 0, () => transcript.words.value);
    void this.playback.load();
    // Typing goes to the first match, also when words arrive after the typing.
    this.#stop = effect(() => {
      const { length } = transcript.matches.value;
      untracked(() => {
        if (this.match.value >= length) this.match.value = -1;
        if (this.match.value < 0 && length > 0) this.stepMatch(1);
      });
    });
  }

  /** Whether words can be edited now: all must be loaded, or a correction could not be applied to the others. */
  readonly canEdit = computed(() => {
    const { readOnly, isWhole, machine, showsMachine } = this.transcript;
    return !readOnly && isWhole.value && machine.value?.hasWords === true && !showsMachine.value;
  });

  /** Goes to a moment and shows its word; playback continues if it was playing. */
  goTo(seconds: number): void {
    this.playback.seek(seconds);
    this.follows.value = true;
    const { words } = this.transcript;
    if (words.value) this.reveal(Math.max(0, lastUpTo(words.value.starts, seconds, words.value.count)));
  }

  playFromWord(word: number): void {
    const start = this.transcript.words.value?.starts[word];
    if (start === undefined) return;
    this.follows.value = true;
    this.playback.playFrom(start);
  }

  look(query: string): void {
    this.match.value = -1;
    this.transcript.query.value = query;
  }

  /** To the next (1) or previous (-1) match from the reader's position; wraps around. */
  stepMatch(step: 1 | -1): void {
    this.match.value = this.#step(this.transcript.matches.value, this.match.value, step);
  }

  stepDoubt(step: 1 | -1): void {
    this.doubt.value = this.#step(this.transcript.doubts.value, this.doubt.value, step);
  }

  #step(places: readonly { first: number }[], current: number, step: 1 | -1): number {
    if (places.length === 0) return -1;
    let next = current + step;
    if (current < 0) {
      const here = Math.max(0, this.playback.word.value);
      const behind = places.findIndex((place) => place.first >= here);
      next = step === 1 ? Math.max(0, behind) : (behind < 0 ? places.length : behind) - 1;
    }
    next = (next + places.length) % places.length;
    this.follows.value = false;
    this.reveal(places[next]?.first ?? 0);
    return next;
  }

  /** To the paragraph before (-1) or after (1) the current one. */
  stepParagraph(step: 1 | -1): void {
    const { paragraphs, words } = this.transcript;
    if (!words.value) return;
    const here = lastUpTo(words.value.starts, this.playback.time.value, words.value.count);
    const next = paragraphs.value[Math.max(0, paragraphOf(paragraphs.value, here) + step)];
    if (next) this.goTo(words.value.starts[next.first] ?? 0);
  }

  /** Starts editing the paragraph that is being said, or another. */
  edit(paragraph?: number): void {
    const { paragraphs, words } = this.transcript;
    if (!words.value || !this.canEdit.value) return;
    const here = lastUpTo(words.value.starts, this.playback.audio.currentTime, words.value.count);
    const index = paragraph ?? Math.max(0, paragraphOf(paragraphs.value, Math.max(0, here)));
    const chosen = paragraphs.value[index];
    if (!chosen) return;
    this.editing.value = words.value.places[chosen.first] ?? 0;
    if (paragraph === undefined) this.reveal(chosen.first);
  }

  /** Assigns the words of a paragraph, or some of them, to another speaker. */
  assign(paragraph: number, selected: { first: number; end: number } | null, speaker: string): void {
    const { paragraphs, words, machine, keeper } = this.transcript;
    const chosen = selected ?? paragraphs.value[paragraph];
    if (!chosen || !words.value || !machine.value) return;
    keeper.revise(stretchOf(words.value, chosen, machine.value.words.count), { speaker });
  }

  close(): void {
    this.#stop();
    this.playback.close();
  }
}
