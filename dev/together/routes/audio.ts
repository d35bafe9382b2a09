/** `POST /v1/audio/transcriptions` and `/v1/audio/translations`: the order of checks, and where faults strike. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { UndecodableAudioError } from "../../decode-audio/index.ts";
import type { Recognition } from "../../recognise/recognise.ts";
import { withHeaders } from "../../stand-in/reply.ts";
import { buildAnswer } from "../answer.ts";
import { authorize } from "../authorize.ts";
import { shorten } from "../calls.ts";
import { Refusal } from "../errors.ts";
import type { Deps, Exchange } from "../exchange.ts";
import { faultReply, outcomeOf, sendModeOf } from "../fault-reply.ts";
import type { FaultAction } from "../faults.ts";
import { fetchSource } from "../fetch-source.ts";
import { DEFAULT_MODEL, requireModel } from "../models.ts";
import { type Form, readForm } from "../read-request.ts";
import { renderAnswer } from "../render-answer.ts";
import type { Settings } from "../settings.ts";
import { type AudioOptions, OPENAIS_FORMATS, readModel, readOptions, type Task } from "../validate.ts";

const DEFAULT_DROP_AFTER_BYTES = 65_536;

/** Answers one audio request; refusals are thrown. */
export async function answerAudio(exchange: Exchange, task: Task, deps: Deps): Promise<void> {
  const settings = deps.control.settings();
  const strike = deps.control.faults().begin(exchange.path);
  const early = strike({ moment: "arrival" });
  if (early !== undefined) return drop(exchange, early, deps);

  authorize(exchange.request, deps);
  const audioPath = join(deps.folder(), `${exchange.ray}.audio`);
  try {
    const maxBytes = settings.limits.max_upload_bytes;
    const form = await readForm(exchange.request, exchange.call, { maxBytes, uploadPath: audioPath });
    const file = form.upload?.filename ?? form.texts.get("file")?.[0] ?? "";
    const model = form.texts.get("model")?.[0] ?? DEFAULT_MODEL;

    const { path } = exchange;
    const known = strike({ moment: "read", file, model }) ?? deps.faultFor({ moment: "read", path, file });
    if (known !== undefined && (await answerFault(exchange, known, settings, deps))) return;

    const isEngine = deps.engineModel !== undefined;
    const asked = readModel(form.texts);
    if (!isEngine) requireModel(asked);
    const options = readOptions(form.texts, task, isEngine ? OPENAIS_FORMATS : undefined);
    const startedAt = deps.now();
    await bringAudio(form, audioPath, exchange, settings);
    const recognition = await listen(audioPath, { ...options, task }, exchange, settings, deps);

    const fault =
      known ??
      strike({ moment: "heard", file, model, audioSeconds: recognition.duration }) ??
      deps.faultFor({ moment: "heard", path, file });
    if (fault !== known && fault !== undefined && (await answerFault(exchange, fault, settings, deps)))
      return;

    await keepPace(recognition.duration, startedAt, exchange, settings, deps);
    const context = { task, flags: settings.flags, random: deps.random };
    const outcome = fault === undefined ? "ok" : outcomeOf(fault);
    const reply = renderAnswer(buildAnswer(recognition, options, context), options.responseFormat, outcome);
    const isGuess = recognition.heard === "activity";
    const headers = { ...(isGuess ? { "x-stand-in": "unmarked-audio" } : {}), ...fault?.headers };
    await exchange.send(withHeaders(reply, headers), sendModeOf(fault));
  } finally {
    await rm(audioPath, { force: true });
  }
}

/** Makes the audio lie at `audioPath`: an upload lies there already, a URL is fetched. */
async function bringAudio(
  form: Form,
  audioPath: string,
  exchange: Exchange,
  settings: Settings,
): Promise<void> {
  if (form.upload !== undefined) return;
  const url = form.texts.get("file")?.[0];
  if (url === undefined) {
    throw new Refusal(
      "invalid_params",
      "`file` is missing: send a binary part with a filename, or a URL as text.",
    );
  }
  const source = { kind: "url" as const, url: shorten(url), bytes: null };
  exchange.call.file = source;
  const { flags, limits } = settings;
  const maxBytes = limits.max_url_bytes;
  const bytes = await fetchSource(url, audioPath, { maxBytes, flags, signal: exchange.signal });
  exchange.call.file = { ...source, bytes };
}

async function listen(
  audioPath: string,
  asked: AudioOptions & { task: Task },
  exchange: Exchange,
  { limits, flags }: Settings,
  deps: Deps,
): Promise<Recognition> {
  const recognition = await deps.recognise(audioPath, exchange.signal, asked).catch((error: unknown) => {
    if (error instanceof UndecodableAudioError) throw new Refusal("unsupported_format", error.message);
    throw error;
  });
  exchange.signal.throwIfAborted();
  exchange.call.audio_seconds = recognition.duration;
  const accepted = flags.accepted_containers;
  if (!accepted.includes("*") && !accepted.includes(recognition.container)) {
    throw new Refusal("unsupported_format", `The container ${recognition.container} is not supported.`);
  }
  if (recognition.duration > limits.max_seconds) {
    const length = `${recognition.duration.toFixed(1)} s`;
    throw new Refusal(
      "audio_too_long",
      `Audio duration (${length}) exceeds the maximum of ${limits.max_seconds} seconds.`,
    );
  }
  return recognition;
}

/** Waits until the answer took as long as the settings want for so much audio. */
async function keepPace(
  audioSeconds: number,
  startedAt: Date,
  exchange: Exchange,
  settings: Settings,
  deps: Deps,
): Promise<void> {
  const wantedMs = (audioSeconds / 60) * settings.seconds_per_audio_minute * 1000;
  const leftMs = wantedMs - (deps.now().getTime() - startedAt.getTime());
  if (leftMs > 0) await deps.sleep(leftMs, exchange.signal);
}

/** Carries out a fault as far as it does not need the ordinary answer; `true` when nothing is left to do. */
async function answerFault(
  exchange: Exchange,
  action: FaultAction,
  settings: Settings,
  deps: Deps,
): Promise<boolean> {
  if (action.delay_seconds !== undefined) await deps.sleep(action.delay_seconds * 1000, exchange.signal);
  if (action.kind === "drop") {
    exchange.hangUp(outcomeOf(action));
    return true;
  }
  const reply = faultReply(action, exchange.ray, settings.flags);
  if (reply === undefined) return false;
  await exchange.send(reply);
  return true;
}

/** Closes the connection before the body was understood: at once, or after some of it came. */
async function drop(exchange: Exchange, action: FaultAction, deps: Deps): Promise<void> {
  if (action.delay_seconds !== undefined) await deps.sleep(action.delay_seconds * 1000, exchange.signal);
  if (action.kind === "drop_mid_upload") {
    const enough = action.after_bytes ?? DEFAULT_DROP_AFTER_BYTES;
    for await (const chunk of exchange.request.iterator({ destroyOnReturn: false })) {
      if (Buffer.isBuffer(chunk)) exchange.call.body_bytes += chunk.length;
      if (exchange.call.body_bytes >= enough) break;
    }
  }
  exchange.hangUp(outcomeOf(action));
}
