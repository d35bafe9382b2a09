/** A body's text; null when it is larger than so many bytes, and then it is not read to its end. */
export async function readUpTo(
  maxBytes: number,
  body: ReadableStream<Uint8Array> | null,
  decoder = new TextDecoder(),
): Promise<string | null> {
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
