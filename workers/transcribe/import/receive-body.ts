import type { SourceFacts } from "../../../shared/source-facts.ts";
import type { RecordingWriter } from "./recording-writer.ts";
import { DownloadBrokenError, watchSource } from "./watch-source.ts";

/**
 * How a body ended: `page` is a web page under another Content-Type; `broken` says how, to go behind the name of who sent
 * it.
 */
type Ending = { kind: "end" } | { kind: "slice_over" } | { kind: "page" } | { kind: "broken"; seen: string };

/**
 * Writes a body to where the recording stands.
 * @param mayBePage look at the first bytes: no recording begins as a web page does
 * @throws what the writer throws.
 */
export async function receiveBody(
  writer: RecordingWriter,
  source: SourceFacts,
  body: ReadableStream<Uint8Array>,
  isSliceOver: () => boolean,
  mayBePage: boolean,
): Promise<Ending> {
  const incoming = watchSource(body);
  const { total } = source;
  const soFar = () => (total === null ? `${writer.bytes} bytes` : `${writer.bytes} of ${total} bytes`);
  try {
    writer.begin(source);
    for (;;) {
      const piece = await incoming.next();
      if (piece.byteLength === 0) break;
      if (mayBePage && writer.bytes === 0 && isPage(piece)) return { kind: "page" };
      if (total !== null && writer.bytes + piece.byteLength > total) {
        return { kind: "broken", seen: `sent more than the ${total} bytes it had announced` };
      }
      await writer.push(piece);
      if (isSliceOver() && !writer.isWhole) return { kind: "slice_over" };
    }
    const isShort = total !== null && writer.bytes < total;
    return isShort ? { kind: "broken", seen: `broke off after ${soFar()}` } : { kind: "end" };
  } catch (error) {
    if (error instanceof DownloadBrokenError)
      return { kind: "broken", seen: `${error.message} after ${soFar()}` };
    throw error;
  } finally {
    await incoming.cancel();
  }
}

function isPage(start: Uint8Array): boolean {
  return /^\ufeff?\s*<(!doctype html|html)[\s>]/i.test(new TextDecoder().decode(start.subarray(0, 256)));
}
