import { SHA256 } from "@stablelib/sha256";

/** SHA-256 over bytes that come in over several lives of a Worker. WebCrypto and node:crypto cannot give their state away. */
export type ResumableDigest = {
  update(bytes: Uint8Array): void;
  /** The state, as text for `openDigest`. */
  save(): string;
  /** The digest of all bytes; ends it. */
  hex(): string;
};

/** A new digest, or the one whose state was saved: `bytes hashed`.`chaining value`.`bytes of an unfinished block`, in hex. */
export function openDigest(saved: string | null = null): ResumableDigest {
  const hash = new SHA256();
  if (saved !== null) hash.restoreState(parseState(saved));
  return {
    update: (bytes) => void hash.update(bytes),
    save() {
      const { state, buffer, bufferLength, bytesHashed } = hash.saveState();
      const words = Buffer.alloc(32);
      state.forEach((word, n) => void words.writeInt32BE(word, 4 * n));
      const rest = Buffer.from(buffer ?? []).subarray(0, bufferLength);
      return `${bytesHashed.toString(16)}.${words.toString("hex")}.${rest.toString("hex")}`;
    },
    hex: () => Buffer.from(hash.digest()).toString("hex"),
  };
}

function parseState(saved: string) {
  const [count = "", words = "", rest = ""] = saved.split(".");
  const chain = Buffer.from(words, "hex");
  if (chain.byteLength !== 32) throw new Error("no state of a digest");
  const unfinished = Buffer.from(rest, "hex");
  const buffer = new Uint8Array(128); // as large as the one it came from
  buffer.set(unfinished);
  return {
    state: Int32Array.from({ length: 8 }, (_, n) => chain.readInt32BE(4 * n)),
    buffer,
    bufferLength: unfinished.byteLength,
    bytesHashed: Number.parseInt(count, 16),
  };
}
