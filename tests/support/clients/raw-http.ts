import { request } from "node:http";
import { connect } from "node:net";

/** Posts the chunks with `Transfer-Encoding: chunked`, as a sender that does not know its length. */
export async function postChunked(
  url: URL,
  chunks: Iterable<Uint8Array>,
  contentType = "audio/mpeg",
): Promise<Response> {
  const out = request(url.href, { method: "POST", headers: { "content-type": contentType } });
  const answered = new Promise<Response>((resolve, reject) => {
    out.on("error", reject);
    out.on("response", async (incoming) => {
      const body = await incoming.setEncoding("utf8").toArray();
      resolve(new Response(body.join(""), { status: incoming.statusCode ?? 0 }));
    });
  });
  for (const chunk of chunks) {
    if (!out.write(chunk)) await new Promise((resolve) => out.once("drain", resolve));
  }
  out.end();
  return answered;
}

/** Sends the head and `body` of a request and cuts the connection, in the middle of what the head announces. */
export async function postAndVanish(
  url: URL,
  headers: Record<string, string>,
  body: Uint8Array,
  how: "close" | "reset",
): Promise<void> {
  const socket = connect(Number(url.port), url.hostname);
  const lines = Object.entries({ Host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  await new Promise((resolve) => socket.write(Buffer.concat([Buffer.from(head), body]), resolve));
  await new Promise((resolve) => setTimeout(resolve, 100)); // lets the Worker get into it
  if (how === "reset") socket.resetAndDestroy();
  else socket.destroy();
}

/** The bytes as the first chunk of a chunked body. */
export function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
