import { fromHex } from "../media/hex.ts";
import { type RangeReader, readBytes } from "../media/range-reader.ts";
import { readWavHeader, type WavFacts } from "../media/wav-header.ts";
import type { WavPlan } from "./plan.ts";

const FACT_BYTES = 12;
const DS64_BYTES = 36;
const PCM = 1;

/** @throws Error when it is no WAV file that the probe has let pass */
export async function openWav(read: RangeReader, bytes: number): Promise<WavFacts> {
  const facts = await readWavHeader((offset, length) => readBytes(read, offset, length), bytes);
  if (!facts.ok) throw new Error(facts.error.message);
  return facts.value;
}

/** The header of a WAV file with `dataBytes` of the same kind of audio; of RF64 from 4 GB on (EBU Tech 3306). */
export function wavHead(plan: Pick<WavPlan, "format" | "blockBytes">, dataBytes: number): Uint8Array {
  const format = fromHex(plan.format);
  const formatBytes = format.length + (format.length % 2);
  const hasFact = format[0] !== PCM; // asked for by everything but plain PCM
  const bytes = 12 + 8 + formatBytes + (hasFact ? FACT_BYTES : 0) + 8;
  const isLong = bytes + dataBytes + (dataBytes % 2) > 0xffffffff;
  const head = new Uint8Array(bytes + (isLong ? DS64_BYTES : 0));
  const view = new DataView(head.buffer);
  const samples = dataBytes / plan.blockBytes;
  let at = 0;
  const text = (id: string) => {
    for (const letter of id) head[at++] = letter.charCodeAt(0);
  };
  const u32 = (value: number) => {
    view.setUint32(at, Math.min(value, 0xffffffff), true);
    at += 4;
  };
  const u64 = (value: number) => {
    view.setBigUint64(at, BigInt(value), true);
    at += 8;
  };
  const riffBytes = head.length - 8 + dataBytes + (dataBytes % 2);
  text(isLong ? "RF64" : "RIFF");
  u32(isLong ? 0xffffffff : riffBytes);
  text("WAVE");
  if (isLong) {
    text("ds64");
    u32(28);
    u64(riffBytes);
    u64(dataBytes);
    u64(samples);
    u32(0);
  }
  text("fmt ");
  u32(format.length);
  head.set(format, at);
  at += formatBytes;
  if (hasFact) {
    text("fact");
    u32(4);
    u32(samples);
  }
  text("data");
  u32(isLong ? 0xffffffff : dataBytes);
  return head;
}
