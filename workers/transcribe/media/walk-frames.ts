import { type ByteWindow, LOOKAHEAD_BYTES } from "./byte-window.ts";
import type { FrameCodec } from "./frames/frame-codec.ts";
import { tagBytes } from "./frames/tags.ts";

/**
 * A frame found. `bytes[at]` is where it starts, and `length` bytes from there are present until the visitor returns;
 * `offset` is where it starts in the recording. Returning false ends the walk.
 */
type FrameVisitor = (bytes: Uint8Array, at: number, length: number, offset: number) => boolean | undefined;

const NONE = -1;

/**
 * Visits every frame from `start` to the end, over tags and junk of any length. Work per byte is bounded whatever the
 * bytes are. A frame counts when it follows one of its kind, or when another follows it: sync words also turn up in
 * pictures and damaged audio.
 */
export async function walkFrames(
  window: ByteWindow,
  start: number,
  codec: FrameCodec,
  visit: FrameVisitor,
): Promise<void> {
  const walker = createWalker(codec, visit);
  for (let offset = start; offset !== NONE; ) {
    await window.move(offset);
    offset = walker(window);
  }
}

/** @returns the walk over one window after another: it gives the offset to go on from, or NONE at the end. */
function createWalker(codec: FrameCodec, visit: FrameVisitor) {
  const { headerBytes } = codec;
  /** What the last frame was like. */
  let sameStreamKey = NONE;
  /** Whether the last frame ends just here. */
  let follows = false;
  /** Whether a tag or a frame ends just here, or the recording starts. */
  let tagMayStart = true;

  function isFrame(bytes: Uint8Array, at: number, length: number, isLast: boolean): boolean {
    const end = at + length;
    if (end > bytes.length) return false;
    const own = codec.sameStreamKey(bytes, at);
    if (follows && own === sameStreamKey) return true;
    // Frames of a new kind in the middle are rare enough to ask for two more.
    return isFollowed(bytes, end, own, sameStreamKey === NONE || own === sameStreamKey ? 1 : 2, isLast);
  }

  function isFollowed(bytes: Uint8Array, at: number, own: number, times: number, isLast: boolean): boolean {
    if (at + headerBytes > bytes.length) return isLast && at === bytes.length && times === 1;
    const length = codec.measure(bytes, at);
    if (length === 0 || codec.sameStreamKey(bytes, at) !== own) return tagBytes(bytes, at) > 0;
    return times === 1 || isFollowed(bytes, at + length, own, times - 1, isLast);
  }

  return ({ bytes, offset, isLast, end }: ByteWindow): number => {
    const limit = isLast ? bytes.length - headerBytes + 1 : bytes.length - LOOKAHEAD_BYTES + 1;
    let at = 0;
    while (at < limit) {
      const length = codec.measure(bytes, at);
      if (length > 0 && isFrame(bytes, at, length, isLast)) {
        sameStreamKey = codec.sameStreamKey(bytes, at);
        follows = true;
        tagMayStart = true;
        if (visit(bytes, at, length, offset + at) === false) return NONE;
        at += length;
        continue;
      }
      follows = false;
      const tag = tagMayStart ? tagBytes(bytes, at) : 0;
      if (tag > 0 && offset + at + tag <= end) {
        at += tag;
        continue;
      }
      tagMayStart = false;
      const next = bytes.indexOf(0xff, at + 1);
      at = next === -1 ? bytes.length : next;
    }
    return isLast ? NONE : offset + at;
  };
}
