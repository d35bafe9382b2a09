import { drain, openByteSource } from "../../../shared/byte-source.ts";
import { FormError, FormReader } from "./form-reader.ts";
import { type PartHeaders, parseBoundary } from "./part-headers.ts";

export { FormError } from "./form-reader.ts";

/** The form's one binary part. The unread rest of `body` is skipped. */
interface FilePart extends PartHeaders {
  body: ReadableStream<Uint8Array>;
}

/** Far more than any job's options need, and little enough for many forms in one Worker. */
const LIMITS = { fields: 100, bytesPerField: 64 * 1024, bytesOfFields: 256 * 1024 };
type FormLimits = typeof LIMITS;

/**
 * Reads a multipart/form-data request as it arrives: text fields into memory, the binary part through `onFile`, no
 * faster than `onFile` reads its body. Fields may come before and after it.
 *
 * @returns the text fields in their order; a repeated name stays repeated.
 * @throws FormError, or what `onFile` throws.
 */
export async function readForm(
  request: Request,
  { onFile, limits = {} }: { onFile: (part: FilePart) => Promise<void>; limits?: Partial<FormLimits> },
): Promise<{ fields: [name: string, value: string][] }> {
  const boundary = parseBoundary(request.headers.get("content-type"));
  if (boundary === null)
    throw new FormError("no_boundary", "The Content-Type of the form names no boundary.");
  if (!request.body) throw new FormError("truncated", "The form is empty.");
  const source = openByteSource(request.body);
  try {
    return { fields: await readParts(new FormReader(source, boundary), onFile, { ...LIMITS, ...limits }) };
  } finally {
    await drain(source);
  }
}

async function readParts(
  reader: FormReader,
  onFile: (part: FilePart) => Promise<void>,
  limits: FormLimits,
): Promise<[string, string][]> {
  const fields: [string, string][] = [];
  let bytesLeft = limits.bytesOfFields;
  let hasFile = false;
  for (let part = await reader.nextPart(); part; part = await reader.nextPart()) {
    if (!isFile(part)) {
      if (fields.length === limits.fields) {
        throw new FormError("too_large", `The form has more than ${limits.fields} fields.`);
      }
      const value = await readValue(reader, part.name, Math.min(bytesLeft, limits.bytesPerField));
      bytesLeft -= value.byteLength;
      fields.push([part.name, value.toString()]);
      continue;
    }
    const first = await reader.nextPiece();
    if (part.filename === "" && !first) continue; // a browser's file input without a file
    if (hasFile)
      throw new FormError("two_files", "The form has a second file; send one recording a request.");
    hasFile = true;
    await passOn(reader, first, part, onFile);
  }
  return fields;
}

/** HTTP libraries also send files without a name, and fields with a type (JSON, text). */
function isFile({ filename, contentType }: PartHeaders): boolean {
  return filename !== null || /^(audio|video)\/|^application\/octet-stream$/.test(contentType ?? "");
}

async function readValue(reader: FormReader, name: string, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (let piece = await reader.nextPiece(); piece; piece = await reader.nextPiece()) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) {
      throw new FormError(
        "too_large",
        `The field ${JSON.stringify(name.slice(0, 100))} has too many bytes for text; a recording needs a filename.`,
      );
    }
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

/** Lets `onFile` read the part through a stream without a buffer. */
async function passOn(
  reader: FormReader,
  first: Uint8Array<ArrayBuffer> | null,
  part: PartHeaders,
  onFile: (part: FilePart) => Promise<void>,
): Promise<void> {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const stopWriting = (reason?: unknown) => writer.abort(reason).catch(() => {});
  const taken = onFile({ ...part, body: readable });
  taken.then(stopWriting, stopWriting);
  try {
    for (let piece = first; piece; piece = await reader.nextPiece()) await writer.write(piece);
    await writer.close();
  } catch (error) {
    if (error instanceof FormError) {
      await stopWriting(error);
      await taken.catch(() => {});
      throw error;
    }
    // `onFile` has stopped reading. `taken` throws if it failed.
  }
  await taken;
}
