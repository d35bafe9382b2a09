import { Command, InvalidArgumentError, Option } from "commander";
import { JOB_STATUSES, TRANSCRIPT_FORMATS } from "../../shared/job.ts";
import { SCOPES } from "../../shared/scope.ts";
import { VERSION } from "../../shared/version.ts";
import { ALL_EVENT_TYPES } from "../../shared/webhooks/event-types.ts";
import { EXIT, type ExitCode, exitCodeOf, explain, InterruptedError } from "./exit.ts";
import { getJob, listJobs, transcribeAgain } from "./jobs.ts";
import { createKey, listKeys, revokeKey } from "./keys.ts";
import { listen } from "./listen.ts";
import { search } from "./search.ts";
import type { Format } from "./sources.ts";
import { transcribe } from "./transcribe.ts";

const ABOUT = `
Environment:
  DIARIST_URL       where Diarist is, e.g. https://diarist.example.com
  DIARIST_API_KEY   your API key
  With npm start on this machine: http://127.0.0.1:8787 and dev-api-key.

Exit codes:
  0    all done
  1    something failed: a recording, a job, a request
  2    the command, a file name or a setting is wrong; nothing was done
  3    the key was refused
  4    the server could not be reached
  130  stopped by Ctrl-C; the same transcribe command continues where it was
`;

const TRANSCRIBE_EXAMPLES = `
Examples:
  diarist transcribe standup.mp3 > standup.txt
  diarist transcribe *.mp3 --diarize --format srt --out subs/
  diarist transcribe *.m4a --format srt,verbose_json --out out/ --language de --json
  diarist transcribe https://example.com/talk.mp3 --format vtt

Recordings with newer transcripts in --out are skipped (--force transcribes them again).
After Ctrl-C or a lost connection, run the same command: nothing is sent twice, and nothing is paid for twice. Progress goes to standard error, results to standard output.
`;

const LISTEN_EXAMPLES = `
Examples:
  diarist listen
  diarist listen --forward http://localhost:3000/hook
  diarist listen --forward http://localhost:3000/hook --events job.completed --replay 5

Each event is verified, then posted with the same body and headers that a webhook has, so your server's own
verification is tested too. Your server's status is printed; there are no automatic retries: use --replay.
`;

const stopping = new AbortController();
const { signal } = stopping;
process.once("SIGINT", () => stopping.abort(new InterruptedError("Stopped.")));
process.once("SIGTERM", () => stopping.abort(new InterruptedError("Stopped.")));

const program = new Command("diarist")
  .description("Recordings in, transcripts with speakers and times out.")
  .version(VERSION)
  .addHelpText("after", ABOUT)
  .showHelpAfterError("(add --help to see how)")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.usage));

const json = () => new Option("--json", "one JSON object per line, for scripts").default(false);

program
  .command("transcribe")
  .description("send recordings and write their transcripts")
  .argument("<recordings...>", "files, or URLs that Diarist is to fetch")
  .option(
    "-f, --format <formats>",
    `of ${TRANSCRIPT_FORMATS.join(", ")}; several with commas`,
    list(TRANSCRIPT_FORMATS),
    ["text"] as Format[],
  )
  .option(
    "-o, --out <folder>",
    "write talk.mp3 as <folder>/talk.srt; without it, one transcript goes to standard output",
  )
  .option("--diarize", "tell speakers apart (default, except with --translate)")
  .option("--no-diarize", "do not")
  .option("-l, --language <code>", "ISO 639-1, such as en; default: detected")
  .option("--translate", "into English")
  .option("--min-speakers <n>", "at least this many", wholeNumber(1, 100))
  .option("--max-speakers <n>", "at most this many", wholeNumber(1, 100))
  .option("--fast", "with speakers: in parts side by side, where one call knows the speakers better", false)
  .option("--prompt <text>", "names and words to expect")
  .option("--model <name>", "the speech API's model")
  .option("--tag <tags>", "to find the jobs by; several with commas", (text: string) => text.split(","))
  .option("--webhook-url <url>", "receives a webhook when each job ends")
  .option("--no-reuse", "transcribe again what has been transcribed before")
  .option("-n, --at-once <n>", "how many recordings at a time", wholeNumber(1, 50), 4)
  .option("--force", "write again what is there already", false)
  .addOption(json())
  .addHelpText("after", TRANSCRIBE_EXAMPLES)
  .action((recordings: string[], given) => {
    const { format, out, atOnce, force, json, ...asked } = given;
    const job = {
      ...optionsOf(asked),
      ...(asked.tag && { tags: asked.tag }),
      ...(asked.webhookUrl && { webhook_url: asked.webhookUrl }),
      ...(asked.reuse === false && { reuse: false }),
    };
    return end(transcribe(recordings, { format, atOnce, force, json, job, ...(out && { out }) }, signal));
  });

program
  .command("jobs")
  .description("list jobs, newest first")
  .addOption(new Option("--status <status>", "only these").choices(JOB_STATUSES))
  .option("--tag <tag>", "only with this tag")
  .option("--external-id <id>", "only with this id of yours")
  .option("--limit <n>", "how many", wholeNumber(1, 100_000), 20)
  .addOption(json())
  .action(({ limit, json, status, tag, externalId }) => {
    const filter = {
      ...(status && { status }),
      ...(tag && { tag }),
      ...(externalId && { external_id: externalId }),
    };
    return end(listJobs({ filter, limit, json }, signal));
  });

program
  .command("get")
  .description("show a job, or its transcript with --format")
  .argument("<job>", "its id, job_…")
  .addOption(new Option("-f, --format <format>", "the transcript in this format").choices(TRANSCRIPT_FORMATS))
  .option("-o, --out <file>", "write the transcript there")
  .option("--wait", "until the job has ended; exit code 1 unless it completed", false)
  .addOption(json())
  .action((id: string, options) => end(getJob(id, options, signal)));

program
  .command("again")
  .description("have a job's recording transcribed once more, as a new job; what is not named stays")
  .argument("<job>", "its id, job_…")
  .option("--diarize", "tell speakers apart")
  .option("--no-diarize", "do not")
  .option("-l, --language <code>", "ISO 639-1, such as en, or auto")
  .option("--translate", "into English")
  .option("--min-speakers <n>", "at least this many", wholeNumber(1, 100))
  .option("--max-speakers <n>", "at most this many", wholeNumber(1, 100))
  .option("--prompt <text>", "names and words to expect")
  .option("--model <name>", "the speech API's model")
  .option("--wait", "until the new job has ended; exit code 1 unless it completed", false)
  .addOption(json())
  .action((id: string, { wait, json, ...asked }) =>
    end(transcribeAgain(id, { job: optionsOf(asked), wait, json }, signal)),
  );

program
  .command("search")
  .description("find what was said, in all transcripts")
  .argument("<words...>", 'all of them; "an exact phrase" in its own quotes, begin*')
  .option("--speaker <speaker>", "only said by this one: an id or a name")
  .option("--job <id>", "only in this job")
  .option("--limit <n>", "how many", wholeNumber(1, 10_000), 20)
  .addOption(json())
  .action((words: string[], { limit, json, speaker, job }) => {
    const filter = { ...(speaker && { speaker }), ...(job && { job_id: job }) };
    return end(search(words.join(" "), { filter, limit, json }, signal));
  });

program
  .command("listen")
  .description("show your events as they happen, and forward them to a server on your machine")
  .option("--forward <url>", "post them there, as webhooks")
  .option("--events <types>", `of ${ALL_EVENT_TYPES.join(", ")}; several with commas`, list(ALL_EVENT_TYPES))
  .option("--replay <n>", "begin with the last n, at most 100", wholeNumber(0, 100), 0)
  .addOption(json())
  .addHelpText("after", LISTEN_EXAMPLES)
  .action((options) => end(listen(options, signal)));

const keys = program.command("keys").description("list, create and revoke API keys");
keys
  .command("list", { isDefault: true })
  .description("list your keys, without the secrets")
  .addOption(json())
  .action((options) => end(listKeys(options, signal)));
keys
  .command("create")
  .description("create a key; it is shown only once")
  .argument("<name>", "what it is for")
  .option("--tenant <id>", "its tenant; only with the operator key in DIARIST_API_KEY")
  .option("--scopes <scopes>", `of ${SCOPES.join(", ")}; default: all that your key has`, list(SCOPES))
  .option("--expires <time>", "RFC 3339, such as 2027-01-01T00:00:00Z")
  .addOption(json())
  .action((name: string, options) => end(createKey(name, options, signal)));
keys
  .command("revoke")
  .description("end a key at once")
  .argument("<key>", "its id, key_…")
  .action((id: string) => end(revokeKey(id, signal)));

await program.parseAsync();

/** Turns a command's result into the process's exit code; errors go to standard error. */
async function end(running: Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await running;
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    process.exitCode = exitCodeOf(reason);
    console.error(`diarist: ${explain(reason)}`);
  }
}

type Asked = {
  diarize?: boolean;
  language?: string;
  translate?: true;
  minSpeakers?: number;
  maxSpeakers?: number;
  fast?: boolean;
  prompt?: string;
  model?: string;
};

/** What is asked of the speech API, as the API names it. */
function optionsOf(asked: Asked) {
  return {
    ...(asked.diarize !== undefined && { diarize: asked.diarize }),
    ...(asked.language && { language: asked.language }),
    ...(asked.translate && { task: "translate" as const }),
    ...(asked.minSpeakers && { min_speakers: asked.minSpeakers }),
    ...(asked.maxSpeakers && { max_speakers: asked.maxSpeakers }),
    ...(asked.fast && { priority: "speed" as const }),
    ...(asked.prompt && { prompt: asked.prompt }),
    ...(asked.model && { model: asked.model }),
  };
}

/** Comma-separated values, each of which must be a known one. */
function list<T extends string>(known: readonly T[]) {
  return (text: string): T[] =>
    text.split(",").map((value) => {
      const found = known.find((one) => one === value.trim());
      if (found === undefined) throw new InvalidArgumentError(`Use ${known.join(", ")}.`);
      return found;
    });
}

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
