/** Starts the stand-in by itself: `node dev/together/main.ts --port 8788`. */

import { parseArgs } from "node:util";
import { createTogetherStandIn } from "./server.ts";

const USAGE = `node dev/together/main.ts [--port 8788] [--host 127.0.0.1] [--key KEY]... [--settings JSON]

  --port      the port to listen on; 0 takes a free one
  --host      the address to listen on
  --key       a key to accept; may be repeated. Without it any key is accepted
  --settings  what to start with, in the language of PUT /control`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8788" },
      host: { type: "string", default: "127.0.0.1" },
      key: { type: "string", multiple: true },
      settings: { type: "string", default: "{}" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const standIn = createTogetherStandIn({
    settings: JSON.parse(values.settings),
    ...(values.key === undefined ? {} : { apiKeys: values.key }),
  });
  const url = await standIn.listen(Number(values.port), values.host);
  console.log(`Together stand-in on ${url.href}v1, control on ${url.href}control`);
  const stop = () => void standIn.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 1;
});
