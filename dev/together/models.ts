/** The speech models of Together's catalogue, and which of them answer without a dedicated endpoint. */

import { Refusal } from "./errors.ts";

export const DEFAULT_MODEL = "openai/whisper-large-v3";

const SERVERLESS_MODELS = [
  DEFAULT_MODEL,
  "nvidia/parakeet-tdt-0.6b-v3",
  "nvidia/nemotron-3-asr-streaming-0.6b",
  "nvidia/nemotron-3.5-asr-streaming-0.6b",
];

const DEDICATED_MODELS = ["deepgram/nova-3-en", "deepgram/nova-3-multi", "deepgram/flux"];

/** Throws unless the model can be called: 404 when unknown, 400 when it needs a dedicated endpoint. */
export function requireModel(model: string): void {
  if (SERVERLESS_MODELS.includes(model)) return;
  if (DEDICATED_MODELS.includes(model)) {
    const message = `Unable to access non-serverless model ${model}. Please visit https://api.together.ai/models/${model} to create and start a new dedicated endpoint for the model.`;
    throw new Refusal("model_not_available", message, 400);
  }
  const message = `Unable to access model ${model}. Please visit https://api.together.ai/models to view the list of supported models.`;
  throw new Refusal("model_not_available", message);
}

/** The same for an engine, in OpenAI's shape. */
export function listEngineModel(id: string): object {
  return { object: "list", data: [{ id, object: "model", created: 0, owned_by: "local" }] };
}

/** What `GET /v1/models` answers: a bare array, with the price per minute where the real one puts it. */
export function listModels(): object[] {
  return [...SERVERLESS_MODELS, ...DEDICATED_MODELS].map((id) => ({
    id,
    object: "model",
    created: 0,
    type: "transcribe",
    display_name: id.slice(id.indexOf("/") + 1),
    organization: id.slice(0, id.indexOf("/")),
    pricing: {
      hourly: 0,
      input: 0,
      output: 0,
      base: 0,
      finetune: 0,
      transcribe: { price_per_minute: 0.0015 },
    },
  }));
}
