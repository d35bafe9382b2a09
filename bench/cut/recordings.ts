/** Recordings of ten hours, 0.35 to 3.4 GB each, made once and kept. Needs ffmpeg, ten minutes and 9 GB. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { RecordingFacts } from "../../workers/transcribe/cut/plan-cuts.ts";

export type BenchRecording = { name: string; path: string; facts: RecordingFacts };

const HOURS = 10;
const PIECE_SECONDS = 1200;
const PIECES = (HOURS * 3600) / PIECE_SECONDS;
/** Speech-like: swelling tones, pauses, and noise, in stereo. */
const SOUND =
  "aevalsrc='0.4*sin(2*PI*(180+60*sin(0.37*t))*t)*max(0,sin(2*PI*0.4*t))|0.3*sin(2*PI*(240+90*sin(0.23*t))*t)*max(0,sin(2*PI*0.4*t))'";

type Kind = {
  name: string;
  facts: Omit<RecordingFacts, "bytes" | "duration">;
  /** Of a piece of 20 minutes. */
  encode: string[];
  /** How the pieces become ten hours: one behind the other, packet by packet, or encoded as a whole. */
  grow: "append" | "copy" | "encode";
};

const BARE_MP3 = ["-b:a", "256k", "-write_xing", "0", "-id3v2_version", "0"];
const OPUS = ["-c:a", "libopus", "-b:a", "96k", "-ar", "48000"];
const KINDS: Kind[] = [
  {
    name: "wav",
    facts: { container: "wav", codec: "pcm-s16" },
    encode: ["-ac", "1", "-ar", "16000"],
    grow: "copy",
  },
  { name: "mp3", facts: { container: "mp3", codec: "mp3" }, encode: BARE_MP3, grow: "append" },
  { name: "aac", facts: { container: "aac", codec: "aac" }, encode: ["-b:a", "232k"], grow: "append" },
  {
    name: "flac",
    facts: { container: "flac", codec: "flac" },
    encode: ["-ar", "22050", "-compression_level", "2"],
    grow: "encode",
  },
  { name: "m4a", facts: { container: "m4a", codec: "aac" }, encode: ["-b:a", "232k"], grow: "copy" },
  { name: "ogg", facts: { container: "ogg", codec: "opus" }, encode: OPUS, grow: "copy" },
  { name: "mkv", facts: { container: "mkv", codec: "aac" }, encode: ["-b:a", "232k"], grow: "copy" },
  { name: "webm", facts: { container: "webm", codec: "opus" }, encode: OPUS, grow: "copy" },
];

export function makeRecordings(folder: string): BenchRecording[] {
  mkdirSync(folder, { recursive: true });
  return KINDS.map((kind) => {
    const path = join(folder, `ten-hours.${kind.name}`);
    if (!existsSync(path)) make(kind, folder, path);
    const facts = { ...kind.facts, bytes: statSync(path).size, duration: HOURS * 3600 };
    return { name: kind.name, path, facts };
  });
}

function make({ name, encode, grow }: Kind, folder: string, path: string): void {
  console.log(`making ${path} …`);
  const sound = join(folder, "piece.wav");
  if (!existsSync(sound)) {
    const tones = ["-f", "lavfi", "-i", `${SOUND}:s=44100:d=${PIECE_SECONDS}`];
    const hiss = ["-f", "lavfi", "-i", `anoisesrc=d=${PIECE_SECONDS}:c=pink:a=0.05:r=44100`];
    const mix = ["-filter_complex", "[0][1]amix=inputs=2:normalize=0", "-ac", "2"];
    ffmpeg([...tones, ...hiss, ...mix, sound]);
  }
  const draft = join(folder, `draft.${name}`);
  const loop = ["-stream_loop", String(PIECES - 1), "-i"];
  if (grow === "encode") {
    ffmpeg([...loop, sound, ...encode, draft]);
  } else {
    const piece = join(folder, `piece-of.${name}`);
    ffmpeg(["-i", sound, ...encode, piece]);
    if (grow === "copy") ffmpeg([...loop, piece, "-c", "copy", "-t", String(HOURS * 3600), draft]);
    else append(piece, draft);
  }
  renameSync(draft, path);
}

function append(piece: string, target: string): void {
  const bytes = readFileSync(piece);
  const file = openSync(target, "w");
  for (let i = 0; i < PIECES; i++) writeSync(file, bytes);
  closeSync(file);
}

function ffmpeg(args: string[]): void {
  execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
