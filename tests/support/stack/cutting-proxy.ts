import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

type CuttingProxy = {
  url: string;
  /** Each connection is cut after this many more bytes to the server; null: none is. */
  cutAfter(bytes: number | null): void;
  /** How many were cut. */
  cuts: number;
  close(): Promise<void>;
};

/** A line to `target` that breaks: what had come until then is passed on, and both ends see the break. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const carried = new Map<Socket, number>();
  let limit: number | null = null;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    open.add(client).add(upstream);
    client.on("data", (data: Buffer) => {
      const before = carried.get(client) ?? 0;
      carried.set(client, before + data.length);
      const left = limit === null ? data.length : Math.max(0, limit - before);
      if (left < data.length) {
        proxy.cuts++;
        client.pause();
        upstream.write(data.subarray(0, left), () => end());
      } else if (!upstream.write(data)) {
        client.pause();
        upstream.once("drain", () => client.resume());
      }
    });
    upstream.on("data", (data: Buffer) => {
      if (!client.write(data)) {
        upstream.pause();
        client.once("drain", () => upstream.resume());
      }
    });
    const end = () => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        open.delete(socket);
        carried.delete(socket);
      }
    };
    for (const socket of [client, upstream]) socket.on("close", end).on("error", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
  const proxy: CuttingProxy = {
    url: `http://127.0.0.1:${address.port}`,
    cuts: 0,
    cutAfter(bytes) {
      limit = bytes;
      carried.clear();
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
  return proxy;
}
