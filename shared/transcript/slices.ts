/** D1 takes 2,000,000 bytes a value; half of it leaves room for the row's other columns and for rows per query. */
export const MAX_SLICE_BYTES = 1_000_000;

/** The longest code point in UTF-8; a smaller slice could not hold every one. */
const MIN_SLICE_BYTES = 4;

/**
 * Cuts text into slices of at most `maxBytes` bytes of UTF-8, in linear time. Joined, the slices are the text again,
 * code unit for code unit. A surrogate pair is never separated. A lone surrogate stays where it is and counts as
 * the three bytes of U+FFFD, which is what UTF-8 encoders write for it; the JSON of `serializeTranscript` holds
 * none, since JSON.stringify escapes them. Empty text has no slices.
 */
export function sliceText(text: string, maxBytes: number = MAX_SLICE_BYTES): string[] {
  if (!(maxBytes >= MIN_SLICE_BYTES)) throw new RangeError(`a slice needs at least ${MIN_SLICE_BYTES} bytes`);
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(Math.min(maxBytes, text.length * 3 + MIN_SLICE_BYTES));
  const slices: string[] = [];
  for (let at = 0; at < text.length; ) {
    // encodeInto stops in front of what does not fit whole. That the window may end inside a pair does no harm: the
    // units before take a byte or more each, so not the three of half a pair are left.
    const { read } = encoder.encodeInto(text.slice(at, at + maxBytes), buffer);
    slices.push(text.slice(at, at + read));
    at += read;
  }
  return slices;
}
