import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { connectSlack } from "./connect-slack.ts";
import { describeSpeech } from "./local/describe-speech.ts";
import { leaveWithParent } from "./local/leave-with-parent.ts";
import { leaveWithWorkerd } from "./local/leave-with-workerd.ts";
import { ForeignMigrationsError } from "./local/migrate.ts";
import { runWithModels } from "./local/run-with-models.ts";
import { DEV_API_KEY } from "./local/seed-tenant.ts";
import { ROOT } from "./root.ts";

const DEFAULT_PORT = 8787;
const SAMPLE = join(ROOT, "dev", "sample", "standup.mp3");

const USAGE = `npm start -- [--port ${DEFAULT_PORT}] [--state .diarist] [--engine local] [--slack]
  --port   of the API; the stand-in of the speech API takes the next one
  --state  the folder where D1 and R2 are kept
  --engine local: real words by the models of npm run models, also where a TOGETHER_API_KEY is set
  --slack  with a stand-in of Slack`;

const { values } = readArguments();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65_533) {
  console.error(`--port takes a number from 1 to 65533, not ${values.port}`);
  process.exit(2);
}
const statePath = resolve(values.state);
if (values.engine !== undefined && values.engine !== "local") {
  console.error(`--engine takes local, not ${values.engine}; another model: SPEECH_MODEL=NAME`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: process.env["PORT"] ?? String(DEFAULT_PORT) },
        state: { type: "string", default: join(ROOT, ".diarist") },
        engine: { type: "string" },
        slack: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

leaveWithParent();
let stay = () => {};
const diarist = await runWithModels({
  port,
  statePath,
  onLog: console.log,
  onRestart(when, { speech }) {
    stay();
    if (when === "before") return;
    stay = leaveWithWorkerd();
    console.log(`Speech API ${describeSpeech(speech)}`);
  },
  ...(values.engine ? { vars: { SPEECH_API: values.engine } } : {}),
  ...(values.slack ? { slack: {} } : {}),
}).catch((error) => {
  if (error instanceof Error && /EADDRINUSE|address already in use/i.test(error.message)) {
    const ports = values.slack ? `${port}, ${port + 1} or ${port + 2}` : `${port} or ${port + 1}`;
    console.error(`Port ${ports} is taken. Stop what uses it, or: npm start -- --port 9000`);
    process.exit(1);
  }
  if (error instanceof ForeignMigrationsError) {
    console.error(
      `${statePath} was made by another version. Move it away or delete it: rm -rf '${statePath}'`,
    );
    process.exit(1);
  }
  if (error instanceof Error && /^Setting\w+Error$/.test(error.name)) {
    console.error(error.message);
    process.exit(2);
  }
  throw error;
});
const local = diarist.current();
stay = leaveWithWorkerd();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stay();
    void diarist.close().finally(() => process.exit(0));
  });
}

if (local.slack) await connectSlack(local.url, DEV_API_KEY, local.slack.userActions);

console.log(`
Diarist is up.

  Page       ${local.url}/           sign in with the API key
  API        ${local.url}            documentation: ${local.url}/docs/
  API key    ${DEV_API_KEY}
  Speech API ${describeSpeech(local.speech)}
  ${local.slack ? `Slack      ${local.slack.url.origin}  (stand-in: dev/slack/README.md; see a thread with npm run demo -- --slack)\n  ` : ""}State      ${statePath}

${local.engineProblem ? `No real words yet. ${local.engineProblem}, or set TOGETHER_API_KEY\n\n` : ""}Send the sample and wait for its transcript:

  curl -sS ${local.url}/v1/jobs -H 'Authorization: Bearer ${DEV_API_KEY}' -F file=@${SAMPLE}

  curl -sS "${local.url}/v1/jobs?limit=1" -H 'Authorization: Bearer ${DEV_API_KEY}'

Stop with Ctrl-C.
`);
