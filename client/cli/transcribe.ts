import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ApiError, type Diarist, type Job, JobFailedError, type JobOptions } from "../index.ts";
import { connect, readConnection } from "./connect.ts";
import { EXIT, type ExitCode, exitCodeOf, explain, UsageError } from "./exit.ts";
import { createProgressDisplay, type ProgressDisplay } from "./progress-display.ts";
import { openResumeFile } from "./resume-state.ts";
import { warningsOf } from "./show.ts";
import { type Format, outputsOf, readSource, refuseCollisions, type Source } from "./sources.ts";

type TranscribeOptions = {
  format: Format[];
  out?: string;
  atOnce: number;
  force: boolean;
  json: boolean;
  job: JobOptions;
};

/** `transcript`: written to standard output when no folder was given. */
type Transcribed = { job: Job | null; files: string[]; skipped: boolean; transcript?: Uint8Array };
type Work = { source: Source; outputs: { format: Format; path: string }[] };
type Context = {
  diarist: Diarist;
  display: ProgressDisplay;
  options: TranscribeOptions;
  signal: AbortSignal;
};

/** `diarist transcribe`: sends many recordings at once, waits for each and writes its transcripts. */
export async function transcribe(
  names: string[],
  options: TranscribeOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { out } = options;
  if (out === undefined && (names.length > 1 || options.format.length > 1)) {
    throw new UsageError("Several transcripts need a folder: add --out DIR");
  }
  const sources = await Promise.all([...new Set(names)].map(readSource));
  const works = sources.map((source) => ({
    source,
    outputs: out === undefined ? [] : outputsOf(source, options.format, out),
  }));
  refuseCollisions(
    works.flatMap(({ source, outputs }) => outputs.map(({ path }) => ({ source: source.name, path }))),
  );

  const diarist = await connect(signal);
  if (out !== undefined) await mkdir(out, { recursive: true });
  const display = createProgressDisplay(works.length);
  const giveUp = new AbortController();
  const context = { diarist, display, options, signal: AbortSignal.any([signal, giveUp.signal]) };
  const codes: ExitCode[] = [];
  try {
    await eachAtOnce(works, options.atOnce, async (work) => {
      if (context.signal.aborted) return;
      const code = await handle(work, context);
      codes.push(code);
      if (code === EXIT.refused) giveUp.abort(); // a key that is refused once is always refused
    });
  } finally {
    display.close();
  }
  signal.throwIfAborted();
  return codes.find((code) => code !== EXIT.done && code !== EXIT.failed) ?? codes.find(Boolean) ?? EXIT.done;
}

async function handle(work: Work, { display, options, ...context }: Context): Promise<ExitCode> {
  const { name } = work.source;
  try {
    const { job, files, skipped, transcript } = await run(work, { display, options, ...context });
    const written = `${name} → ${files.join(", ") || "standard output"}${skipped ? " (there already)" : ""}`;
    const warnings = (job ? warningsOf(job) : []).map((line) => `${name}: ${line}`);
    display.finish(name, [written, ...warnings].join("\n"));
    if (options.json) {
      const text = transcript && new TextDecoder().decode(transcript);
      print({
        source: name,
        status: skipped ? "skipped" : "completed",
        job: job?.id,
        files,
        transcript: text,
        warnings: job?.result?.warnings,
      });
    } else if (transcript !== undefined) process.stdout.write(transcript);
    return EXIT.done;
  } catch (error) {
    if (context.signal.aborted) return EXIT.interrupted;
    display.finish(name, `${name}: FAILED. ${explain(error)}`);
    if (options.json) print({ source: name, status: "failed", ...describe(error) });
    return exitCodeOf(error);
  }
}

async function run(work: Work, context: Context): Promise<Transcribed> {
  const { source, outputs } = work;
  const { diarist, display, options, signal } = context;
  const files = outputs.map(({ path }) => path);
  if (!options.force && (await areNewer(files, source))) return { job: null, files, skipped: true };

  const job = await finish(source, context);
  display.update(source.name, { doing: "reading the transcript", fraction: 1 });
  for (const { format, path } of outputs) {
    const transcript = await diarist.transcript(job.id, format, signal);
    await writeWhole(path, new Uint8Array(await transcript.arrayBuffer()));
  }
  const [format] = options.format;
  const shown = outputs.length === 0 ? await diarist.transcript(job.id, format, signal) : null;
  const transcript = shown && new Uint8Array(await shown.arrayBuffer());
  await resumeFileOf(source, options).remove();
  return { job, files, skipped: false, ...(transcript && { transcript }) };
}

/** The source's completed job: the one that an earlier run started, or a new one. */
async function finish(source: Source, { diarist, display, options, signal }: Context): Promise<Job> {
  const resumeFile = resumeFileOf(source, options);
  const begun = await resumeFile.read();
  const show = (job: Job) => {
    if (job.progress.stage !== "done") display.update(source.name, progressOf(job));
  };
  const wait = (id: string) => diarist.wait(id, { signal, onProgress: show });

  let job = begun.jobId ? await wait(begun.jobId).catch(ignoreMissing) : null;
  if (job?.status !== "completed") {
    // A failed or deleted job is not resumed: this run tries again.
    display.update(source.name, { doing: "sending", fraction: 0 });
    const recording = await source.open();
    const { id } = await diarist.submit(recording, {
      ...options.job,
      ...(recording instanceof Blob && { filename: source.filename }), // for a URL, the server finds the name
      signal,
      ...(begun.uploadUrl && !begun.jobId && { resume: begun.uploadUrl }),
      onResumable: (uploadUrl) => void resumeFile.write({ uploadUrl }),
      onUpload: (sent, total) => display.update(source.name, { doing: "sending", fraction: sent / total }),
    });
    await resumeFile.write({ jobId: id });
    job = await wait(id);
  }
  if (job.status === "completed") return job;
  await resumeFile.remove();
  throw new JobFailedError(job);
}

function resumeFileOf(source: Source, options: TranscribeOptions) {
  return openResumeFile([readConnection().url, source.identity, options.job]);
}

function ignoreMissing(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

function progressOf({ progress }: Job) {
  const { waiting_for, stage, parts_done, parts_total } = progress;
  const doing = waiting_for ? `waiting (${waiting_for})` : stage;
  return parts_total > 1 ? { doing, fraction: parts_done / parts_total } : { doing };
}

/** A transcript older than its recording belongs to an earlier version of it. */
async function areNewer(paths: string[], { changedAt }: Source): Promise<boolean> {
  if (paths.length === 0 || changedAt === null) return false;
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  return found.every((file) => file !== null && file.mtimeMs >= changedAt);
}

/** Leaves the whole file or none, even if we are interrupted. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.part`;
  await writeFile(draft, bytes);
  await rename(draft, path);
}

async function eachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  handle: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) await handle(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

function describe(error: unknown) {
  if (error instanceof JobFailedError) {
    const { id, status, error: failure } = error.job;
    return { job: id, error: failure ?? { code: status, message: error.message } };
  }
  const code = error instanceof ApiError ? error.code : error instanceof Error ? error.name : "unknown";
  return { error: { code, message: explain(error) } };
}

function print(value: object): void {
  console.log(JSON.stringify(value));
}
