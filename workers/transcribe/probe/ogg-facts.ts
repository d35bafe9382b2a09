import { type Failure, failure } from "../../../shared/failure.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { openWindow } from "../media/byte-window.ts";
import type { MediaFacts } from "../media/container.ts";
import { type RangeReader, readBytes } from "../media/range-reader.ts";

/** RFC 3533 §6. */
const PAGE_HEADER_BYTES = 27;
const STARTS_STREAM = 2;
/** All streams of a link start with its first pages (RFC 3533 §4), which are short. */
const START_BYTES = 4096;
/** The longest page is 65,307 bytes, so that the last one starts in here. */
const END_BYTES = 66_000;
const OPUS_SAMPLE_RATE = 48_000;
const UNKNOWN_GRANULE = 0xffff_ffff_ffff_ffffn;

type Page = { bytes: number; flags: number; serial: number; granule: bigint; body: Uint8Array };
type Link = Pick<MediaFacts, "codec" | "channels" | "sampleRate"> & { skipped: number; end: number };

/**
 * What the demuxer does not tell of an Ogg file: that its last page is cut off, or that it is a chain of several
 * recordings, of which it plays only the first. Null when there is nothing of the kind.
 */
export async function readOggFacts(
  read: RangeReader,
  bytes: number,
): Promise<Result<MediaFacts, Failure> | null> {
  const ends = await readEnds(read, bytes);
  if (!ends) return null;
  if (ends.missing > 0) {
    const message = `The ogg file is cut off: its last page lacks ${ends.missing} bytes.`;
    return err(failure("upload_corrupt", message));
  }
  if (!ends.isChained) return null;
  const links = await readLinks(read, bytes);
  const [first] = links;
  if (!first) return err(failure("unsupported_format", "The ogg file holds neither Opus nor Vorbis."));
  const duration = links.reduce((sum, { end, skipped, sampleRate }) => sum + (end - skipped) / sampleRate, 0);
  const { codec, channels, sampleRate } = first;
  return ok({ container: "ogg", codec, duration, channels, sampleRate });
}

/** Whether a file is an Ogg of several recordings, one behind another. */
export async function isChained(read: RangeReader, bytes: number): Promise<boolean> {
  return (await readEnds(read, bytes))?.isChained ?? false;
}

/** A chain's last page belongs to a stream that did not start at the front (RFC 3533 §4). */
async function readEnds(
  read: RangeReader,
  bytes: number,
): Promise<{ isChained: boolean; missing: number } | null> {
  const head = await readBytes(read, 0, Math.min(START_BYTES, bytes));
  const serials: number[] = [];
  for (let at = 0, page = readPage(head, at); page && page.flags & STARTS_STREAM; page = readPage(head, at)) {
    serials.push(page.serial);
    at += page.bytes;
  }
  if (serials.length === 0) return null;
  const tailFrom = Math.max(0, bytes - END_BYTES);
  const tail = await readBytes(read, tailFrom, bytes - tailFrom);
  const text = toBuffer(tail);
  for (let at = text.lastIndexOf("OggS"); at >= 0; at = at > 0 ? text.lastIndexOf("OggS", at - 1) : -1) {
    const page = readPage(tail, at);
    if (page) {
      return {
        isChained: !serials.includes(page.serial),
        missing: Math.max(0, at + page.bytes - tail.length),
      };
    }
  }
  return null;
}

/** Every Opus or Vorbis stream of a chain, from a look at each page's header. */
async function readLinks(read: RangeReader, bytes: number): Promise<Link[]> {
  const links: Link[] = [];
  const open = new Map<number, Link>();
  const window = openWindow(read, bytes);
  try {
    for (let offset = 0; offset < bytes; ) {
      await window.move(offset);
      const page = readPage(window.bytes, 0);
      if (!page) {
        const next = toBuffer(window.bytes).indexOf("OggS", 1);
        offset += next > 0 ? next : Math.max(1, window.bytes.length - PAGE_HEADER_BYTES);
        continue;
      }
      const link = page.flags & STARTS_STREAM ? readLink(page.body) : open.get(page.serial);
      if (link && page.flags & STARTS_STREAM) {
        links.push(link);
        open.set(page.serial, link);
      }
      if (link && page.granule !== UNKNOWN_GRANULE) link.end = Math.max(link.end, Number(page.granule));
      offset += page.bytes;
    }
  } finally {
    await window.close();
  }
  return links.filter(({ end, skipped }) => end > skipped);
}

/** The identification headers of Opus (RFC 7845 §5.1) and Vorbis (Vorbis I §4.2.2). */
function readLink(body: Uint8Array): Link | null {
  const text = String.fromCharCode(...body.subarray(0, 8));
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (text === "OpusHead" && body.length >= 19) {
    const skipped = view.getUint16(10, true);
    return { codec: "opus", channels: view.getUint8(9), sampleRate: OPUS_SAMPLE_RATE, skipped, end: 0 };
  }
  if (text.startsWith("\x01vorbis") && body.length >= 30) {
    const sampleRate = view.getUint32(12, true);
    return sampleRate > 0
      ? { codec: "vorbis", channels: view.getUint8(11), sampleRate, skipped: 0, end: 0 }
      : null;
  }
  return null;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The page at `at`; of its body as much as there is. */
function readPage(bytes: Uint8Array, at: number): Page | null {
  const isHere =
    at + PAGE_HEADER_BYTES <= bytes.length &&
    String.fromCharCode(...bytes.subarray(at, at + 4)) === "OggS" &&
    bytes[at + 4] === 0;
  if (!isHere) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, PAGE_HEADER_BYTES);
  const bodyAt = at + PAGE_HEADER_BYTES + view.getUint8(26);
  if (bodyAt > bytes.length) return null;
  const bodyBytes = bytes.subarray(at + PAGE_HEADER_BYTES, bodyAt).reduce((sum, lace) => sum + lace, 0);
  return {
    bytes: bodyAt - at + bodyBytes,
    flags: view.getUint8(5),
    granule: view.getBigUint64(6, true),
    serial: view.getUint32(14, true),
    body: bytes.subarray(bodyAt, bodyAt + bodyBytes),
  };
}
