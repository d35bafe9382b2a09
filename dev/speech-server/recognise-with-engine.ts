/** What the speech API behind `npm start` hears: marker speech first, and anything else with the local engine. */

import { availableParallelism } from "node:os";
import type { Engine } from "../engine/engine.ts";
import {
  EngineBusyError,
  EngineFailedError,
  EngineUnusableError,
  TooLongToHearError,
} from "../engine/engine-errors.ts";
import { hashFile } from "../models/check-model.ts";
import { type Recognition, recognise } from "../recognise/recognise.ts";
import { Refusal } from "../together/errors.ts";
import type { Recognise } from "../together/exchange.ts";
import { limitParallel } from "../together/limit-parallel.ts";

/** More than these are rarely people, and often one person heard in two moods. A caller who knows better says so. */
const MOST_SPEAKERS = 8;
/** Recordings that came while the engine was busy come again; their markers are not looked for twice. */
const REMEMBERED = 200;

type Asked = Parameters<Recognise>[2];

/** @param listen looks for marker speech */
export function recogniseWithEngine(
  engine: Engine,
  listen: (path: string) => Promise<Recognition> = recognise,
): Recognise {
  const limited = limitParallel((path: string) => listen(path), availableParallelism());
  const unmarked = new Map<string, Recognition>();

  return async (path, signal, asked) => {
    const hash = await hashFile(path);
    const known = unmarked.get(hash) ?? (await limited(path, signal));
    if (known.heard === "markers") return known;
    unmarked.delete(hash);
    unmarked.set(hash, known);
    if (unmarked.size > REMEMBERED) unmarked.delete(unmarked.keys().next().value ?? "");

    refuseUnknown(engine, asked);
    const min = asked.minSpeakers ?? 1;
    const speakers = asked.diarize ? { min, max: asked.maxSpeakers ?? Math.max(MOST_SPEAKERS, min) } : null;
    const heard = await engine
      .hear(path, { speakers, seconds: known.duration }, signal)
      .catch((error: unknown) => {
        throw refusalOf(error);
      });
    const language = languageOf(engine, asked.language);
    return { ...known, ...heard, heard: "engine", ...(language ? { language } : {}) };
  };
}

function refuseUnknown({ model, languages }: Engine, { task, language }: Asked): void {
  if (task === "translate") {
    throw new Refusal(
      "invalid_params",
      "The local engine does not translate: transcribe, or use a speech API that does (TOGETHER_API_KEY).",
    );
  }
  if (language === undefined || language === "auto" || languages.includes(language)) return;
  const advice =
    languages.length > 1 ? "use another speech API" : "get one that does: npm run models -- get large";
  throw new Refusal(
    "invalid_params",
    `The local engine's model ${model} does not know the language ${language}, only ${languages.join(", ")}: ${advice}.`,
  );
}

/** A model of one language has heard that one; of several, nobody says which it was. */
function languageOf({ languages }: Engine, asked: string | undefined): string | undefined {
  if (languages.length === 1) return languages[0];
  return asked === "auto" ? undefined : asked;
}

function refusalOf(error: unknown): unknown {
  if (error instanceof EngineBusyError) {
    const retryAfter = { "retry-after": String(error.retryAfterSeconds) };
    return new Refusal("dynamic_request_limited", error.message, undefined, retryAfter);
  }
  if (error instanceof TooLongToHearError) return new Refusal("audio_too_long", error.message);
  if (error instanceof EngineFailedError || error instanceof EngineUnusableError) {
    return new Refusal("processing_failed", error.message);
  }
  return error;
}
