/** The local engine as a server of its own, for any client of Together's or OpenAI's: `npm run speech-server`. */

import { parseArgs } from "node:util";
import { createTogetherStandIn } from "../together/server.ts";
import { openEngine } from "./open-engine.ts";
import { recogniseWithEngine } from "./recognise-with-engine.ts";

const USAGE = `npm run speech-server -- [--port 8000] [--host 127.0.0.1] [--model NAME] [--key KEY]...

  --port    the port to listen on; 0 takes a free one
  --host    the address to listen on
  --model   one of npm run models; without it the first that is here
  --key     a key to accept; may be repeated. Without it any key is accepted`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8000" },
      host: { type: "string", default: "127.0.0.1" },
      model: { type: "string" },
      key: { type: "string", multiple: true },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port takes a number from 0 to 65535, not ${values.port}`);
  }
  const { engine, problem } = await openEngine({
    wanted: values.model,
    environment: process.env,
    longestAnswerSeconds: 0,
    onLog: console.error,
  });
  if (!engine) {
    console.error(problem);
    process.exitCode = 1;
    return;
  }
  const server = createTogetherStandIn({
    recognise: recogniseWithEngine(engine),
    maxParallel: Number.POSITIVE_INFINITY,
    engineModel: engine.model,
    settings: { flags: { accepted_containers: ["*"], request_too_large_shape: "json" } },
    ...(values.key === undefined ? {} : { apiKeys: values.key }),
  });
  const url = await server.listen(port, values.host).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  console.log(`Speech API on ${url.href}v1 with ${engine.model} (${engine.languages.join(", ")})`);
  const stop = () => void Promise.all([server.close(), engine.close()]);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 1;
});
