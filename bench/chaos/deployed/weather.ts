import { createServer } from "node:http";
import { close, listen } from "../../../dev/stand-in/serve.ts";
import { setAhead } from "./clock.ts";
import type { Conditions } from "./conditions.ts";

/** Under what conditions the Workers run, told to each invocation; and how many invocations run. */
export type Weather = {
  url: string;
  change(change: Partial<Pick<Conditions, "d1" | "r2" | "d1AwayUntil" | "r2AwayUntil" | "repeat">>): void;
  /** Time passes, here and for the Workers. Sound only while none of them has a claim: nobody could extend it. */
  pass(ms: number): void;
  /** How many invocations that may hold a claim, of queues and sweeps, have begun and not ended. */
  running(): number;
  /** They were killed. */
  restart(): void;
  close(): Promise<void>;
};

/**
 * No invocation lasts longer here, where long waits are shortened. One that seems to was killed between its beginning and
 * the restart, or its runtime ended it before it could say so.
 */
const LONGEST_MS = 90_000;

export async function openWeather(): Promise<Weather> {
  const conditions: Conditions = {
    life: 0,
    aheadMs: 0,
    d1: 0,
    r2: 0,
    d1AwayUntil: 0,
    r2AwayUntil: 0,
    repeat: 0,
  };
  let begun: number[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://weather");
    // A request holds no claim, and never says that it has ended when its client has gone.
    if (searchParams.get("what") === "work") {
      if (pathname === "/begin") begun.push(performance.now());
      else if (Number(searchParams.get("life")) === conditions.life) begun.shift();
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(conditions));
  });
  const url = await listen(server);
  return {
    url: url.href,
    change: (change) => void Object.assign(conditions, change),
    pass(ms) {
      conditions.aheadMs += Math.round(ms);
      setAhead(conditions.aheadMs);
    },
    running() {
      begun = begun.filter((at) => performance.now() - at < LONGEST_MS);
      return begun.length;
    },
    restart() {
      begun = [];
      conditions.life++;
    },
    close: () => close(server),
  };
}
