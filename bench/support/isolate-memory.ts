const POLL_MS = 100;

/**
 * Asks a Worker's isolate again and again what it holds, JavaScript heap and array buffers together: what Cloudflare's
 * 128 MB are about. It answers between two turns of the Worker, and garbage counts. `stop` gives the highest, in MB.
 */
export async function watchIsolate(inspector: URL, worker: string): Promise<{ stop(): number }> {
  const socket = new WebSocket(new URL(`/core:user:${worker}`, inspector).href);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error(`no inspector for ${worker}`)));
  });
  let most = 0;
  socket.addEventListener("message", ({ data }) => {
    const answer: unknown = JSON.parse(String(data));
    most = Math.max(most, bytesIn(answer) / 2 ** 20);
  });
  let id = 0;
  const poller = setInterval(
    () => socket.send(JSON.stringify({ id: ++id, method: "Runtime.getHeapUsage" })),
    POLL_MS,
  );
  return {
    stop() {
      clearInterval(poller);
      socket.close();
      return most;
    },
  };
}

function bytesIn(answer: unknown): number {
  if (typeof answer !== "object" || answer === null || !("result" in answer)) return 0;
  const result = Object(answer.result);
  const parts: unknown[] = [result.usedSize, result.embedderHeapUsedSize, result.backingStorageSize];
  return parts.reduce<number>((sum, part) => sum + (typeof part === "number" ? part : 0), 0);
}
