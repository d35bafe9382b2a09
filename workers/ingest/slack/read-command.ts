import { err, ok, type Result } from "../../../shared/result.ts";
import { mayHaveToken, type SlackHosts } from "../../../shared/slack/hosts.ts";
import type { UrlTask } from "../../../shared/slack/task.ts";
import { checkDestination, type DestinationPolicy } from "../../../shared/webhooks/destination.ts";

/** The arguments of `/transcribe`. */
type Command = Pick<UrlTask, "url" | "language" | "speakers">;

export const USAGE =
  "`/transcribe <url> [language] [speakers]`, for example `/transcribe https://example.com/talk.mp3 en 2`";
const MAX_SPEAKERS = 100;

/** The arguments of `/transcribe`, or the reply that says what is wrong with them. */
export function readCommand(
  words: string,
  policy: DestinationPolicy,
  hosts: SlackHosts,
): Result<Command, string> {
  const [first = "", ...rest] = words.trim().split(/\s+/);
  if (first === "" || first === "help") return err(`Give me the address of a recording: ${USAGE}`);
  // Slack writes a recognised URL as <https://…> or with a label behind a pipe.
  const url = /^<([^|>]+)(\|[^>]*)?>$/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? first;
  const destination = checkDestination(url, policy);
  if (!destination.ok) return err(`I cannot fetch that address. ${destination.detail} ${USAGE}`);
  if (mayHaveToken(destination.url, hosts)) {
    return err("For a file in Slack, use *Transcribe* in the menu of its message, or share it with me.");
  }
  let language = "auto";
  let speakers: number | null = null;
  for (const word of rest) {
    if (/^\d{1,3}$/.test(word) && speakers === null) speakers = Number(word);
    else if (/^([a-z]{2,3}|auto)$/i.test(word) && language === "auto") language = word.toLowerCase();
    else return err(`I do not understand "${word.slice(0, 50)}". ${USAGE}`);
  }
  if (speakers !== null && (speakers < 1 || speakers > MAX_SPEAKERS)) {
    return err(`The number of speakers is from 1 to ${MAX_SPEAKERS}. ${USAGE}`);
  }
  return ok({ url: destination.url.href, language, speakers });
}
