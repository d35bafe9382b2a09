/** The chunks of a stream; leaving the loop ends the stream. Safari's streams are not async iterable. */
export async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // a broken stream has already thrown where it was read
  }
}
