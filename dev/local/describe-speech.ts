import type { SpeechApi } from "../../shared/speech/provider.ts";

/** As wrangler.toml has it. */
export const TOGETHER_URL = "https://api.together.ai/v1";

/** Who hears what is sent here, so that nobody takes one for another. */
export function describeSpeech({
  api,
  url,
  model = null,
}: {
  api: SpeechApi;
  url: URL;
  model?: string | null;
}): string {
  if (api === "stand-in") {
    return `${url.origin}  (stand-in: it understands only the sample and other marked audio)`;
  }
  if (api === "local") return `${url.origin}  (${model} on this machine, and marked audio as the stand-in)`;
  if (api === "openai") return `${model} at ${url.host}  (SPEECH_BASE_URL)`;
  return url.href === TOGETHER_URL ? "Together AI" : `${url.host}  (TOGETHER_BASE_URL)`;
}
