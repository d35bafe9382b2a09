import { signal } from "@preact/signals";
import { delMany, entries, set } from "idb-keyval";

/**
 * Records from the microphone. Every few seconds are stored in the browser's own database, so that a crash, an empty
 * battery or a closed tab costs only seconds. They are removed when the server has the whole recording.
 */

/** The recording in progress. */
type Take = {
  isPaused: boolean;
  /** Recorded so far, without pauses. */
  seconds: number;
  /** The current sound level, 0 to 1. */
  level: number;
  togglePause: () => void;
  /** Stops and returns the recording. */
  stop: () => Promise<StoredTake>;
};

/** A recording in this browser's database that the server does not have yet. */
export type StoredTake = { file: File; remove: () => Promise<void> };

type Piece = [key: IDBValidKey, value: Blob];

const PIECE_MS = 5_000;
const TICK_MS = 100;
const KEY = /^take\/(\d+)\/\d{6}$/;

export const take = signal<Take | null>(null);
let liveSince: number | null = null;
addEventListener("beforeunload", (event) => {
  if (take.value) event.preventDefault(); // the browser asks whether to leave
});
export const canRecord = typeof MediaRecorder === "function" && Boolean(navigator.mediaDevices?.getUserMedia);

/** @throws Error that says what to do when there is no microphone, or it may not be used */
export async function startTake(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((error: unknown) => {
    throw new Error(whyNoMicrophone(error), { cause: error });
  });
  const startedAt = Date.now();
  liveSince = startedAt;
  const recorder = new MediaRecorder(stream);
  const meter = measureLevel(stream);
  const pieces: Piece[] = [];
  let kept: Promise<unknown> = Promise.resolve();
  recorder.addEventListener("dataavailable", ({ data }) => {
    const key = `take/${startedAt}/${String(pieces.length).padStart(6, "0")}`;
    pieces.push([key, data]);
    kept = kept.then(() => set(key, data)).catch(() => undefined); // a private window may have no storage; memory still has it
  });

  let seconds = 0;
  let since = performance.now();
  const show = () => {
    const { state } = recorder;
    const running = state === "recording" ? (performance.now() - since) / 1000 : 0;
    const level = state === "recording" ? meter.level() : 0;
    const isPaused = state === "paused";
    take.value = { isPaused, seconds: seconds + running, level, togglePause, stop };
  };
  const togglePause = () => {
    if (recorder.state === "recording") {
      seconds += (performance.now() - since) / 1000;
      recorder.pause();
    } else {
      since = performance.now();
      recorder.resume();
    }
    show();
  };
  const stop = async () => {
    clearInterval(timer);
    take.value = null; // at once, so that a second click does not send it twice
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    if (recorder.state !== "inactive") {
      recorder.stop();
      await stopped;
    } // else the microphone was unplugged; the recording so far is there
    await kept;
    await meter.close();
    for (const track of stream.getTracks()) track.stop();
    liveSince = null;
    return toTake(startedAt, pieces);
  };
  recorder.start(PIECE_MS);
  const timer = setInterval(show, TICK_MS);
  show();
}

/** Recordings made here that have not been sent. */
export async function listTakes(): Promise<StoredTake[]> {
  const pieces = (await entries<string, Blob>()).filter(([key]) => KEY.test(key));
  const byStart = Map.groupBy(pieces, ([key]) => Number(KEY.exec(key)?.[1]));
  return [...byStart]
    .filter(([startedAt]) => startedAt !== liveSince)
    .map(([startedAt, found]) => toTake(startedAt, found));
}

function toTake(startedAt: number, found: Piece[]): StoredTake {
  const pieces = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const type = pieces[0]?.[1].type.split(";")[0] ?? "";
  const extension = type === "audio/mp4" ? "m4a" : type === "audio/ogg" ? "ogg" : "webm";
  const moment = new Date(startedAt).toLocaleString("sv").slice(0, 16).replace(":", ".");
  const file = new File(
    pieces.map(([, blob]) => blob),
    `Recording ${moment}.${extension}`,
    { type, lastModified: startedAt },
  );
  // Nothing to remove if the database could not store it.
  const remove = () => delMany(pieces.map(([key]) => key)).catch(() => undefined);
  return { file, remove };
}

function measureLevel(stream: MediaStream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    /** Perceived loudness: quiet speech is near a third, loud speech near 1. */
    level(): number {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      return Math.min(1, Math.max(0, 1 + Math.log10(power + 1e-6) / 5));
    },
    close: () => context.close(),
  };
}

function whyNoMicrophone(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") {
    return "The microphone is blocked. Allow it for this page in the address bar, then try again.";
  }
  if (name === "NotFoundError") return "There is no microphone. Connect one, then try again.";
  return "The microphone cannot be used. Close other programs that use it, then try again.";
}
