/**
 * Hears recordings with real networks, in a process of its own: what ends that process is one failed call. One recording
 * at a time, because two would share the same processors and both be late.
 */

import { UndecodableAudioError } from "../decode-audio/index.ts";
import { checkModel, readModel } from "../models/check-model.ts";
import { EngineBusyError, EngineFailedError, EngineUnusableError } from "./engine-errors.ts";
import type { FromProcess, Heard, SpeakerBounds } from "./messages.ts";
import { createPace } from "./pace.ts";
import { type EngineProcess, startProcess } from "./start-process.ts";

export type EngineOptions = {
  /** The folder of the model. */
  folder: string;
  /** How long an answer may take; 0 is for ever. */
  longestAnswerSeconds?: number;
  /** A process that says nothing for this long hangs. */
  silenceMs?: number;
  now?: () => number;
  onLog?: (line: string) => void;
};

type Asked = { speakers: SpeakerBounds /** How long the recording is. */; seconds: number };

export type Engine = {
  /** What answers call the model. */
  model: string;
  languages: readonly string[];
  /** Loads the networks, so that a model that cannot be used is known at once. @throws EngineUnusableError */
  start(): Promise<void>;
  /** @throws EngineBusyError, TooLongToHearError, EngineFailedError, EngineUnusableError, UndecodableAudioError */
  hear(path: string, asked: Asked, signal: AbortSignal): Promise<Heard>;
  isBusy(): boolean;
  /** The process that hears, once there is one: for tests and measurements. */
  pid(): number | undefined;
  close(): Promise<void>;
};

/** Callers wait for ten minutes: the product, and OpenAI's client. */
const LONGEST_ANSWER_SECONDS = 480;
/** A stretch of ten minutes of audio is diarized without a word in between. */
const SILENCE_MS = 15 * 60_000;
const STOP_MS = 30_000;

/** @throws ModelError when the folder holds no model */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { folder, silenceMs = SILENCE_MS, now = Date.now, onLog = () => undefined } = options;
  const { model, languages } = await readModel(folder);
  const pace = createPace(options.longestAnswerSeconds ?? LONGEST_ANSWER_SECONDS);
  let child: Promise<EngineProcess> | null = null;
  let pid: number | undefined;
  let isBusy = false;
  let isClosed = false;

  async function start(): Promise<EngineProcess> {
    const checked = await checkModel(folder).catch((error: unknown) => {
      throw new EngineUnusableError(error instanceof Error ? error.message : String(error));
    });
    const started = await startProcess(checked);
    pid = started.pid;
    return started;
  }

  /** The process that runs, or a new one. */
  function current(): Promise<EngineProcess> {
    child ??= start().then(
      (started) => {
        void started.gone.then(() => {
          child = null;
          pid = undefined;
        });
        return started;
      },
      (error: unknown) => {
        child = null;
        throw error;
      },
    );
    return child;
  }

  async function hear(path: string, asked: Asked, signal: AbortSignal): Promise<Heard> {
    if (isClosed) throw new EngineFailedError("The local engine is closed.");
    if (isBusy) throw new EngineBusyError(pace.secondsLeft(now()));
    const kind = asked.speakers ? "speakers" : "words";
    pace.refuseTooLong(asked.seconds, kind);
    isBusy = true;
    const worker = await current().catch((error: unknown) => {
      isBusy = false;
      throw error;
    });
    pace.begin(asked.seconds, kind, now());

    return new Promise<Heard>((resolve, reject) => {
      let isStopping = false;
      const kill = () => worker.kill();
      let watchdog = setTimeout(kill, silenceMs);
      const stop = (reason: unknown) => {
        reject(reason);
        if (isStopping) return;
        isStopping = true;
        worker.send({ kind: "stop" });
        clearTimeout(watchdog);
        watchdog = setTimeout(kill, Math.min(STOP_MS, silenceMs));
      };
      const onAbort = () => stop(signal.reason);
      const finish = () => {
        isBusy = false;
        pace.end(null);
        clearTimeout(watchdog);
        signal.removeEventListener("abort", onAbort);
        worker.onMessage(null);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      void worker.gone.then((how) => {
        finish();
        if (!isStopping && !isClosed) onLog(`The local engine's process ended over a recording: ${how}`);
        reject(new EngineFailedError("The local engine failed on this recording."));
      });
      worker.onMessage((message: FromProcess) => {
        switch (message.kind) {
          case "progress":
            if (isStopping) return;
            watchdog.refresh();
            try {
              pace.progress(message.seconds, now());
            } catch (error) {
              stop(error);
            }
            return;
          case "heard":
            pace.end(now());
            finish();
            return resolve(message.heard);
          case "undecodable":
            finish();
            return reject(new UndecodableAudioError(message.found));
          case "stopped":
            return finish();
          default:
            finish();
            if ("message" in message) onLog(`The local engine failed: ${message.message}`);
            return reject(new EngineFailedError("The local engine failed on this recording."));
        }
      });
      worker.send({ kind: "hear", path, speakers: asked.speakers });
      if (signal.aborted) onAbort();
    });
  }

  return {
    model,
    languages,
    async start() {
      await current();
    },
    hear,
    isBusy: () => isBusy,
    pid: () => pid,
    async close() {
      isClosed = true;
      const worker = await child?.catch(() => null);
      worker?.kill();
      await worker?.gone;
    },
  };
}
