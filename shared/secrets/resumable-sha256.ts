import { SHA256 } from "@stablelib/sha256";

const BLOCK_BYTES = 64;

/**
 * A SHA-256 whose state can be stored between requests, which no native one can.
 * @param state what `stateOf` returned; null to start
 * @param bytes how many were hashed before: a multiple of 64
 */
export function resumeSha256(state: string | null, bytes: number): SHA256 {
  const hash = new SHA256();
  if (state === null) return hash;
  if (bytes % BLOCK_BYTES !== 0) throw new RangeError(`${bytes} bytes do not end with a block of SHA-256`);
  const words = Buffer.from(state, "hex");
  const chain = Int32Array.from({ length: 8 }, (_, n) => words.readInt32BE(4 * n));
  return hash.restoreState({ state: chain, buffer: undefined, bufferLength: 0, bytesHashed: bytes });
}

/** The state after a whole number of blocks, hex. */
export function stateOf(hash: SHA256): string {
  const { state, bufferLength } = hash.saveState();
  if (bufferLength > 0) throw new RangeError("only the state behind a whole block can be kept");
  const words = Buffer.alloc(4 * state.length);
  for (const [n, word] of state.entries()) words.writeInt32BE(word, 4 * n);
  return words.toString("hex");
}
