/**
 * What the local engine costs, and that it stays up: processor and memory for a recogniser of Parakeet's shape, an hour
 * in flat memory, and its process killed at ten moments. Run: node bench/engine/index.ts   (Linux: it reads /proc)
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine } from "../../dev/engine/engine.ts";
import { writeWav } from "../../dev/marker-speech/write-wav.ts";
import { recogniseWithEngine } from "../../dev/speech-server/recognise-with-engine.ts";
import { createTogetherStandIn } from "../../dev/together/server.ts";
import { formantVoice } from "../../tests/support/engine/formant-voice.ts";
import { writeToneModel } from "../../tests/support/engine/tone-model.ts";
import { type ToneTurn, toneSpeech } from "../../tests/support/engine/tone-speech.ts";
import { printTable, requireAtMost } from "../support/table.ts";
import { writeParakeetShape } from "./parakeet-shape.ts";

const RATE = 16_000;
const MEETING: ToneTurn[] = [
  [0, "good morning all"],
  [1, "hello there"],
  [0, "ship it today"],
  [2, "yes yes no"],
];
const SAID = MEETING.map(([, text]) => text).join(" ");
/** More than this and an answer for 20 minutes would not come within ten on two cores. */
const MOST_CPU_PER_SECOND = 0.5;
/** How much more memory an hour may take than six minutes. */
const MOST_GROWTH_MB = 60;
const KILLS = 10;

const folder = await mkdtemp(join(tmpdir(), "bench-engine-"));
try {
  await cost();
  await hour();
  await kills();
} finally {
  await rm(folder, { recursive: true });
}

async function record(name: string, seconds: number, part: Float32Array): Promise<string> {
  const path = join(folder, name);
  const count = Math.round((seconds * RATE) / part.length);
  await writeWav(
    path,
    RATE,
    count * part.length,
    Array.from({ length: count }, () => part),
  );
  return path;
}

/** Speech of 20 s, then a pause. */
async function cost(): Promise<void> {
  const model = join(folder, "shape");
  await writeParakeetShape(model);
  const part = new Float32Array(22 * RATE);
  part.set(formantVoice(20));
  const path = await record("voice.wav", 110, part);
  const engine = await createEngine({ folder: model, longestAnswerSeconds: 0, onLog: console.error });
  await engine.start();
  const idle = await usage(engine);
  const began = performance.now();
  const { speech } = await engine.hear(path, { speakers: null, seconds: 110 }, new AbortController().signal);
  const seconds = (performance.now() - began) / 1000;
  const after = await usage(engine);
  await engine.close();
  const heard = speech.reduce((sum, { start, end }) => sum + end - start, 0);
  const cpu = (after.cpuSeconds - idle.cpuSeconds) / 110;
  const head = ["Parakeet's shape, 110 s", "speech s", "CPU s per s", "wall s per s", "peak MB", "loaded MB"];
  const row = [heard, cpu, seconds / 110, after.peakMb, idle.peakMb].map((value) =>
    value.toFixed(value < 10 ? 3 : 0),
  );
  printTable(head, [["", ...row]]);
  requireAtMost("CPU seconds per audio second", cpu, MOST_CPU_PER_SECOND);
}

async function hour(): Promise<void> {
  const model = join(folder, "tone");
  await writeToneModel(model);
  const { samples } = toneSpeech(MEETING);
  const peaks: number[] = [];
  const rows: string[][] = [];
  for (const minutes of [6, 60]) {
    const path = await record(`${minutes}.wav`, minutes * 60, samples);
    const engine = await createEngine({ folder: model, longestAnswerSeconds: 0, onLog: console.error });
    await engine.start();
    const asked = { speakers: null, seconds: minutes * 60 };
    const { words } = await engine.hear(path, asked, new AbortController().signal);
    const { cpuSeconds, peakMb } = await usage(engine);
    await engine.close();
    peaks.push(peakMb);
    rows.push([
      `${minutes} min`,
      String(words.length),
      (cpuSeconds / minutes / 60).toFixed(3),
      peakMb.toFixed(0),
    ]);
  }
  printTable(["tone speech, words alone", "words", "CPU s per s", "peak MB"], rows);
  requireAtMost(
    "MB that an hour takes more than six minutes",
    (peaks[1] ?? 0) - (peaks[0] ?? 0),
    MOST_GROWTH_MB,
  );
}

/** Every time, this recording gets a 500, the next is heard, and a marked one that runs beside is not touched. */
async function kills(): Promise<void> {
  const model = join(folder, "tone");
  const { samples } = toneSpeech(MEETING);
  const long = new File([await readFile(await record("long.wav", 60, samples))], "long.wav");
  const short = new File(
    [await readFile(await record("short.wav", samples.length / RATE, samples))],
    "short.wav",
  );
  const engine = await createEngine({ folder: model, onLog: () => undefined });
  await engine.start();
  const server = createTogetherStandIn({
    recognise: recogniseWithEngine(engine),
    maxParallel: Number.POSITIVE_INFINITY,
    engineModel: engine.model,
  });
  const url = new URL("v1/audio/transcriptions", await server.listen(0));
  const ask = async (file: File) => {
    const form = new FormData();
    form.set("file", file);
    const response = await fetch(url, {
      method: "POST",
      body: form,
      headers: { authorization: "Bearer any" },
    });
    const { text } = (await response.json()) as { text?: string };
    return { status: response.status, text };
  };
  const sample = new File(
    [await readFile(join(import.meta.dirname, "..", "..", "dev", "sample", "standup.mp3"))],
    "standup.mp3",
  );
  await ask(long); // its markers are looked for once
  const whole = await timeOf(() => ask(long));
  let killed = 0;
  let failed = 0;
  let hurt = 0;
  let wrong = 0;
  // A moment at which it is not hearing yet, or no longer, is no kill.
  for (let round = 0; killed < KILLS && round < 5 * KILLS; round++) {
    const beside = ask(sample);
    const heard = ask(long);
    await new Promise((resolve) => setTimeout(resolve, (whole * ((round % KILLS) + 0.5)) / KILLS));
    const pid = engine.pid();
    if (pid !== undefined && engine.isBusy()) {
      process.kill(pid, "SIGKILL");
      killed += 1;
    }
    if ((await heard).status === 500) failed += 1;
    if ((await beside).status !== 200) hurt += 1;
    const next = await ask(short);
    if (next.text !== SAID) wrong += 1;
  }
  printTable(
    ["killed while it heard", "that call failed", "calls beside it hurt", "next ones wrong"],
    [[killed, failed, hurt, wrong]],
  );
  requireAtMost("calls hurt by another's kill", hurt + wrong, 0);
  await server.close();
  await engine.close();
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Of the engine's process, since it began. */
async function usage(engine: Engine): Promise<{ cpuSeconds: number; peakMb: number }> {
  const pid = engine.pid() ?? 0;
  const stat = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0;
  return { cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100, peakMb: Number(peak) / 1000 };
}
