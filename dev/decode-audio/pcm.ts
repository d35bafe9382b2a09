// Plain samples in all the ways WAV and similar formats write them.

export type PcmFormat = { kind: "int" | "float"; bits: number };

/** Whether `pcmToMono` can read the format. */
export function isReadablePcm({ kind, bits }: PcmFormat): boolean {
  return kind === "float"
    ? bits === 32 || bits === 64
    : bits === 8 || bits === 16 || bits === 24 || bits === 32;
}

/** Mono samples, full scale 1, from little-endian interleaved PCM; a last incomplete sample is left out. */
export function pcmToMono(bytes: Uint8Array, format: PcmFormat, channels: number): Float32Array {
  const width = format.bits / 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / (width * channels));
  const mono = new Float32Array(count);
  const read = readerFor(view, format);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += width) sum += read(at);
    mono[i] = sum / channels;
  }
  return mono;
}

function readerFor(view: DataView, { kind, bits }: PcmFormat): (at: number) => number {
  if (kind === "float")
    return bits === 64 ? (at) => view.getFloat64(at, true) : (at) => view.getFloat32(at, true);
  switch (bits) {
    case 8:
      // The only unsigned width, by the format's own history.
      return (at) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (at) => view.getInt16(at, true) / 32_768;
    case 24:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608;
    default:
      return (at) => view.getInt32(at, true) / 2_147_483_648;
  }
}
