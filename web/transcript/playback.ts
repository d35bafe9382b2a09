import { computed, effect, signal } from "@preact/signals";
import { type Diarist, dataOf } from "../api/diarist.ts";
import { type Words, wordAt } from "./model/words.ts";

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;
const RATE_STORED = "diarist.rate";

/** The recording's playback: wraps the audio element, which is not part of the document. */
export class Playback {
  readonly audio: HTMLAudioElement;
  readonly isPlaying = signal(false);
  /** Seconds; updated a few times a second while playing. */
  readonly time = signal(0);
  readonly duration = signal(0);
  readonly rate = signal(1);
  /** The word that is being said, or -1; follows the sound. */
  readonly word = signal(-1);
  /** Why playback fails. */
  readonly error = signal<unknown>(null);
  readonly url = signal<string | null>(null);
  readonly canPlay = computed(() => this.error.value === null);

  readonly #diarist: Diarist;
  readonly #jobId: string;
  readonly #words: () => Words | null;
  readonly #closing = new AbortController();
  #expiresAt = 0;
  /** Whether the link is new and has not played anything yet. */
  #isRenewed = false;
  /** Somebody who presses Play while a link is renewed hears it when the link is there. */
  #isWanted = false;
  #frame = 0;
  #stopFollowing: () => void;

  constructor(diarist: Diarist, jobId: string, seconds: number, words: () => Words | null) {
    this.#diarist = diarist;
    this.#jobId = jobId;
    this.#words = words;
    this.duration.value = seconds;
    this.audio = new Audio();
    this.audio.preload = "metadata";
    const { audio } = this;
    const stored = Number(localStorage.getItem(RATE_STORED));
    if (RATES.some((rate) => rate === stored)) this.setRate(stored);
    audio.addEventListener("play", () => {
      this.isPlaying.value = true;
      this.#follow();
    });
    audio.addEventListener("pause", () => {
      this.isPlaying.value = false;
      this.#look();
    });
    for (const type of ["timeupdate", "seeking", "seeked", "ended"])
      audio.addEventListener(type, () => this.#look());
    audio.addEventListener("durationchange", () => {
      if (Number.isFinite(audio.duration) && audio.duration > 0) this.duration.value = audio.duration;
    });
    audio.addEventListener("loadedmetadata", () => {
      this.#isRenewed = false;
    });
    audio.addEventListener("error", () => void this.#recover());
    // Corrections move words, so the current word may have another index.
    this.#stopFollowing = effect(() => {
      this.#words();
      this.#look();
    });
  }

  /** Gets a link that plays without a key: a key must not be in a URL. */
  async load(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const params = { path: { id: this.#jobId } };
      const link = await dataOf(this.#diarist.api.GET("/v1/jobs/{id}/audio/link", { params, signal }));
      this.#expiresAt = Date.parse(link.expires_at);
      this.error.value = null;
      this.url.value = link.url;
      this.audio.src = link.url;
    } catch (error) {
      if (!signal.aborted) this.error.value = error;
    }
  }

  toggle(): void {
    if (this.audio.paused) this.play();
    else this.pause();
  }

  pause(): void {
    this.#isWanted = false;
    this.audio.pause();
  }

  play(): void {
    this.#isWanted = true;
    this.audio.play().catch((error: unknown) => {
      // Pausing or seeking interrupts a start that still waits for data: not an error.
      const isInterrupted = error instanceof DOMException && error.name === "AbortError";
      if (!isInterrupted && this.error.value === null && !this.audio.error) this.error.value = error;
    });
  }

  seek(seconds: number): void {
    const end = this.duration.value || seconds;
    this.audio.currentTime = Math.min(Math.max(0, seconds), end);
    this.#look();
  }

  playFrom(seconds: number): void {
    this.seek(seconds);
    this.play();
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    this.audio.defaultPlaybackRate = rate;
    this.audio.playbackRate = rate;
    localStorage.setItem(RATE_STORED, String(rate));
  }

  /** The next faster (1) or slower (-1) speed. */
  stepRate(step: 1 | -1): void {
    const index = (RATES as readonly number[]).indexOf(this.rate.value);
    this.setRate(RATES[Math.min(RATES.length - 1, Math.max(0, index + step))] ?? 1);
  }

  close(): void {
    this.#closing.abort();
    cancelAnimationFrame(this.#frame);
    this.#stopFollowing();
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  #follow(): void {
    cancelAnimationFrame(this.#frame);
    const look = () => {
      this.#look();
      if (!this.audio.paused) this.#frame = requestAnimationFrame(look);
    };
    look();
  }

  #look(): void {
    const seconds = this.audio.currentTime;
    const words = this.#words();
    this.word.value = words ? wordAt(words, seconds) : -1;
    // The time display need not be drawn sixty times a second.
    if (this.audio.paused || Math.abs(this.time.peek() - seconds) >= 0.1) this.time.value = seconds;
  }

  /** An expired link is replaced; a format that cannot be decoded stays an error. */
  async #recover(): Promise<void> {
    if (this.url.value === null) return;
    // This device's clock may be wrong: ask for one new link, not one after another.
    if (Date.now() < this.#expiresAt || this.#isRenewed) {
      this.error.value = new Error(
        "This browser cannot play the recording. Words and times are here all the same.",
      );
      return;
    }
    const seconds = this.audio.currentTime;
    this.#isWanted = this.isPlaying.value;
    this.#isRenewed = true;
    await this.load();
    this.audio.currentTime = seconds;
    if (this.#isWanted) this.play();
  }
}
