import { SLACK_CHANNEL_RATE } from "../../../shared/limits.ts";
import { callSlack, type SlackApi, sendFileToSlack } from "../../../shared/slack/call-slack.ts";
import type { Lane } from "../../../shared/storage/lanes.ts";
import { nextSendAt } from "../../../shared/webhooks/send-pace.ts";
import type { Deps } from "../deps.ts";

/** There is no time left in this claim of the lane: the rest is done in the next one. */
export class OutOfTimeError extends Error {
  override name = "OutOfTimeError";
  readonly until: number;
  constructor(until: number) {
    super();
    this.until = until;
  }
}

/** A channel while its lane is claimed: each call starts in time, and messages stay within Slack's rate. */
export class Channel {
  readonly id: string;
  /** The methods called, for the record of the attempt. */
  readonly done: string[] = [];
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #api: SlackApi;
  readonly #until: number;

  constructor(deps: Deps, lane: Lane, api: SlackApi, until: number) {
    this.#deps = deps;
    this.#lane = lane;
    this.#api = api;
    this.#until = until;
    this.id = lane.id.split(" ")[2] ?? "";
  }

  /** Calls a method that does not count against the channel's rate. @throws SlackError, OutOfTimeError */
  async call<T>(method: string, args: Parameters<typeof callSlack>[2]): Promise<T> {
    this.#requireTime();
    const answer = await callSlack<T>(this.#api, method, args);
    this.done.push(method);
    return answer;
  }

  /** Posts, edits or deletes a message, within the channel's rate. @throws SlackError, OutOfTimeError */
  async speak<T>(method: string, args: Parameters<typeof callSlack>[2]): Promise<T> {
    const now = this.#deps.now();
    const at = nextSendAt(this.#lane.recent, SLACK_CHANNEL_RATE, now);
    if (at >= this.#until) throw new OutOfTimeError(at);
    if (at > now) await this.#deps.pause(at - now);
    this.#lane.recent.push(Math.max(at, this.#deps.now()));
    return this.call<T>(method, { channel: this.id, ...args });
  }

  /** Undoes what was just done, even when the time is over: nobody else knows of it. @throws SlackError */
  async undo(method: string, args: Parameters<typeof callSlack>[2]): Promise<void> {
    await callSlack(this.#api, method, args);
    this.done.push(method);
  }

  #requireTime(): void {
    const now = this.#deps.now();
    if (now >= this.#until) throw new OutOfTimeError(now);
  }

  /** Sends a file's bytes. @throws SlackError, OutOfTimeError */
  async send(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#requireTime();
    await sendFileToSlack(this.#api, url, bytes);
    this.done.push("upload");
  }
}
