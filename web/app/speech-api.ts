import { signal } from "@preact/signals";
import type { paths } from "../api/diarist.ts";

type Health = paths["/healthz"]["get"]["responses"][200]["content"]["application/json"];

/** Who hears what is sent to this server; null until it has said so. */
export const speechApi = signal<Health["speech"]["api"] | null>(null);

/** Asks again each time the page is shown: the server may have got another one meanwhile. */
export function followSpeechApi(): () => void {
  const ask = () => {
    if (!document.hidden) void readSpeechApi().catch(() => undefined); // then what it said before still holds
  };
  ask();
  document.addEventListener("visibilitychange", ask);
  return () => document.removeEventListener("visibilitychange", ask);
}

export async function readSpeechApi(): Promise<void> {
  const answer = await fetch("/healthz");
  if (!answer.ok) return;
  const { speech } = (await answer.json()) as Health; // as our own API documents it
  speechApi.value = speech.api;
}
