import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Recognition } from "../../../dev/recognise/recognise.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { createStrictServer, type Dialect, type StrictServer } from "./strict-server.ts";

/** A strict speech server on a port of this machine, which hears marker speech. */
export async function serveStrictly(
  dialect: Dialect,
  recognise: (path: string) => Promise<Recognition>,
): Promise<StrictServer & { baseUrl: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "speech-server-"));
  const strict = createStrictServer(dialect, async (file) => {
    const path = join(folder, crypto.randomUUID());
    await writeFile(path, typeof file === "string" ? await download(file) : file);
    return transcriptOf(await recognise(path));
  });
  const server = createServer(async (request, response) => {
    const answer = await strict.fetch(`http://${request.headers.host}${request.url}`, {
      method: "POST",
      headers: request.headers as Record<string, string>,
      body: await buffer(request),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...strict,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function download(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/** All that was said is one segment. */
function transcriptOf({ words: heard, duration }: Recognition): Transcript {
  const words = heard.map(({ word, start, end }, id) => ({ id, word, start, end }));
  const text = words.map(({ word }) => word).join(" ");
  const [first, last] = [words[0], words.at(-1)];
  const segments = first && last ? [{ id: 0, start: first.start, end: last.end, text }] : [];
  return { language: "en", duration, text, segments, words, speaker_segments: [] };
}
