/** The kinds of speech APIs, as `SPEECH_API` names them and `result.speech.api` shows them. */
export const SPEECH_APIS = ["together", "openai", "local", "stand-in"] as const;
export type SpeechApi = (typeof SPEECH_APIS)[number];

/**
 * Who heard a recording: a kind of speech API at an address, as text that is stored and compared. Another provider hears
 * something else, so an answer or a transcript of one is never taken for another's.
 */
export type Provider = SpeechApi | `${SpeechApi} ${string}`;

/**
 * The stand-in is the same wherever it listens: each start of `npm start` may give it another port.
 * @param model the operator's, for a speech API whose jobs do not name it
 */
export function providerAt(api: SpeechApi, baseUrl: string, model: string | null = null): Provider {
  if (api === "stand-in") return api;
  const { origin, pathname } = new URL(baseUrl);
  return `${api} ${origin}${pathname.replace(/\/$/, "")}${model === null ? "" : ` ${model}`}`;
}

export function isProvider(value: unknown): value is Provider {
  return typeof value === "string" && SPEECH_APIS.some((api) => api === value.split(" ")[0]);
}

/** Which kind of speech API it is. */
export function apiOf(provider: Provider): SpeechApi {
  const [kind] = provider.split(" ");
  return kind as SpeechApi; // as `providerAt` wrote it
}

/** The operator's model, if it has one. */
export function modelOf(provider: Provider): string | null {
  const [, , ...model] = provider.split(" ");
  return model.join(" ") || null;
}
