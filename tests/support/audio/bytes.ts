export type Bytes = Uint8Array<ArrayBuffer>;

export function join(...pieces: Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(pieces));
}
