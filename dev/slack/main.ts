/** Starts the stand-in by itself: `node dev/slack/main.ts --port 8789 --app http://127.0.0.1:8787`. */

import { parseArgs } from "node:util";
import { createSlackStandIn } from "./server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8789" },
    app: { type: "string", default: "http://127.0.0.1:8787" },
  },
});
const standIn = createSlackStandIn({ settings: { app_url: values.app } });
const url = await standIn.listen(Number(values.port));
const { client_id, client_secret, signing_secret } = standIn.app;
console.log(`Slack stand-in on ${url.href}; control on ${url.href}control. The app's settings:

SLACK_API_URL=${new URL("api/", url).href}
SLACK_CLIENT_ID=${client_id}
SLACK_CLIENT_SECRET=${client_secret}
SLACK_SIGNING_SECRET=${signing_secret}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void standIn.close());
