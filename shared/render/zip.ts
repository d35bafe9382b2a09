import { Zip, ZipDeflate, ZipPassThrough } from "fflate";

/** A file to be: its pieces are asked for when its turn comes, and one at a time. */
type ZipFile = { name: string; pieces: () => Iterable<string | Uint8Array> };

/** The earliest a zip can say, so that the same files make the same bytes. */
const NO_DATE = "1980-01-01T00:00:00";
const ALREADY_PACKED = /\.docx$/;

/** The files in one zip, written while it is read. */
export function* zipFiles(files: Iterable<ZipFile>): Generator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    if (chunk.byteLength > 0) ready.push(chunk);
  });
  const encoder = new TextEncoder();
  for (const { name, pieces } of files) {
    const entry = ALREADY_PACKED.test(name) ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
    entry.mtime = NO_DATE;
    zip.add(entry);
    for (const piece of pieces()) {
      entry.push(typeof piece === "string" ? encoder.encode(piece) : piece);
      yield* ready;
      ready = [];
    }
    entry.push(new Uint8Array(), true);
  }
  zip.end();
  yield* ready;
}
