import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { close, listen } from "../../../dev/stand-in/serve.ts";

/** A customer's web server that recordings are fetched from. */
export type FileHost = {
  url: string;
  /** Serves this at a path of its own, and tells the URL. */
  serve(name: string, respond: (request: IncomingMessage, response: ServerResponse) => void): string;
  /** Serves these bytes at a path of their own, and tells the URL. */
  serveBytes(name: string, bytes: Uint8Array, contentType: string): string;
  /** How often the path of this URL was asked for. */
  requestsOf(url: string): number;
  close(): Promise<void>;
};

export async function startFileHost(): Promise<FileHost> {
  const pages = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    requests.push(path);
    const respond = pages.get(path) ?? ((_, response) => response.writeHead(404).end("nothing here"));
    respond(request, response);
  });
  const { origin: url } = await listen(server);

  const serve: FileHost["serve"] = (name, respond) => {
    const path = `/${pages.size + 1}/${name}`;
    pages.set(path, respond);
    return url + path;
  };
  return {
    url,
    serve,
    serveBytes: (name, bytes, contentType) =>
      serve(name, (_, response) => {
        response
          .writeHead(200, { "content-type": contentType, "content-length": bytes.byteLength })
          .end(bytes);
      }),
    requestsOf: (of) => requests.filter((path) => url + path === of).length,
    close: () => close(server),
  };
}
