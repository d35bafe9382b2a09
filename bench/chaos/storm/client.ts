import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_MS = 240_000;
const PAUSE_MS = 400;
/** The server asks for another try, or did not survive the first. */
const AGAIN = new Set([409, 423, 429]);

type Answer = { status: number; headers: Headers; text: string };

/** A client that gives up only when the server has said no: it sends again whatever broke off or failed there. */
export type Client = {
  /**
   * @param build made for each try: a body that is a stream or a form can be sent once
   * @throws Error when there was no answer for minutes
   */
  insist(path: string, build?: () => RequestInit): Promise<Answer>;
};

export function createClient(base: string, authorization: string): Client {
  async function send(path: string, { headers, ...init }: RequestInit): Promise<Answer | string> {
    try {
      const response = await fetch(base + path, { ...init, headers: { ...headers, authorization } });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      return String(error); // the server was killed, perhaps in the middle of its answer
    }
  }

  return {
    async insist(path, build = () => ({})) {
      let last = "nothing";
      for (const end = performance.now() + LONGEST_MS; performance.now() < end; await sleep(PAUSE_MS)) {
        const answer = await send(path, build());
        if (typeof answer === "string") last = answer;
        else if (answer.status < 500 && !(AGAIN.has(answer.status) && answer.headers.has("retry-after"))) {
          return answer;
        } else last = `${answer.status} ${answer.text}`;
      }
      throw new Error(`${path} was not answered; at last: ${last}`);
    },
  };
}
