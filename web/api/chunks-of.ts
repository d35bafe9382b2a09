/** What a stream brings; leaving the loop ends the stream. Safari's streams cannot be looped over themselves. */
export async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // one that broke has told so where it was read
  }
}
