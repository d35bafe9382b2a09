import { createServer } from "node:net";

/** A TCP port of this machine that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === null) throw new Error("no free port");
  return port;
}

/** Below the range from which systems take ports for connections and for `listen(0)`. */
const FIRST = 20_000;
const LAST = 32_000;
/** The stand-ins of the speech API and of Slack take the next two. */
const BESIDE = 2;
const TRIES = 100;

/** A port for `npm start`, whose next ones are free as well, and will be after a restart. */
export async function freePortWithNext(random: () => number = Math.random): Promise<number> {
  for (let n = 0; n < TRIES; n++) {
    const port = FIRST + Math.floor(random() * (LAST - FIRST));
    const all = Array.from({ length: 1 + BESIDE }, (_, next) => tryPort(port + next));
    if ((await Promise.all(all)).every((free) => free !== null)) return port;
  }
  throw new Error("no free ports");
}

async function tryPort(port: number): Promise<number | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
