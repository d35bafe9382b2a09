import type { Checksum } from "../../../shared/storage/upload-bytes.ts";
import { Refusal } from "../http/problem.ts";

const ALGORITHMS: Record<string, { name: string; bytes: number }> = {
  sha1: { name: "SHA-1", bytes: 20 },
  sha256: { name: "SHA-256", bytes: 32 },
  md5: { name: "MD5", bytes: 16 },
};

export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS);

/** The checksum that `Upload-Checksum: sha1 <base64>` asks us to verify; undefined without the header. */
export function readChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [name = "", encoded = "", ...more] = header.trim().split(/ +/);
  const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  if (!algorithm) {
    throw new Refusal(
      "invalid_upload",
      `Upload-Checksum: ${name.slice(0, 20)} is none of ${CHECKSUM_ALGORITHMS.join(", ")}.`,
    );
  }
  const expected = Buffer.from(encoded, "base64");
  if (more.length > 0 || expected.byteLength !== algorithm.bytes) {
    throw new Refusal("invalid_upload", `Upload-Checksum: no ${name} in base64 stands behind its name.`);
  }
  const digest = new crypto.DigestStream(algorithm.name);
  const writer = digest.getWriter();
  digest.digest.catch(() => undefined); // not awaited when the body breaks off
  return {
    write: (bytes) => writer.write(bytes),
    async matches() {
      await writer.close();
      return Buffer.from(await digest.digest).equals(expected);
    },
  };
}
