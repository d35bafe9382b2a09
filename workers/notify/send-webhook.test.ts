import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type Attempt, sendWebhook, type WebhookRequest } from "./send-webhook.ts";

const HEADERS = { "webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,AA==" };

type Closable = { close(): unknown; closeAllConnections?(): void };
const open: Closable[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections?.();
  }
});

/** A real server on loopback that responds like this. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return urlOf(server.address());
}

function urlOf(address: ReturnType<Server["address"]>): string {
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return `http://127.0.0.1:${address.port}/hook`;
}

function send(url: string, request: Partial<WebhookRequest> = {}): Promise<Attempt> {
  return sendWebhook(fetch, { url, headers: HEADERS, body: "{}", timeoutMs: 5_000, ...request });
}

describe("an attempt", () => {
  test("posts exactly the bytes given, with our headers and its own", async () => {
    let seen: unknown;
    const url = await serve(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method, url: path, headers } = request;
      seen = { method, path, headers, body: Buffer.concat(chunks).toString("latin1") };
      response.writeHead(204).end();
    });
    await send(url, { body: Uint8Array.from([0x7b, 0xff, 0x00, 0x7d]) });
    expect(seen).toMatchObject({
      method: "POST",
      path: "/hook",
      body: "{\u00ff\u0000}",
      headers: {
        ...HEADERS,
        "content-type": "application/json",
        "user-agent": "Diarist-Webhooks/1",
        "content-length": "4",
      },
    });
  });

  test("with 200 is a success and keeps the response", async () => {
    const url = await serve((_, response) => response.end("thanks"));
    expect(await send(url)).toMatchObject({ status: 200, response: "thanks", error: null, retryAfter: null });
  });

  test("with 299 is a success, and without a body too", async () => {
    const url = await serve((_, response) => response.writeHead(299).end());
    expect(await send(url)).toMatchObject({ status: 299, response: "", error: null });
  });

  test("with 410 is a failure by status", async () => {
    const url = await serve((_, response) => response.writeHead(410).end("gone"));
    expect(await send(url)).toMatchObject({ status: 410, response: "gone", error: "status" });
  });

  test("hands on Retry-After as it came", async () => {
    const url = await serve((_, response) => response.writeHead(503, { "retry-after": "12.5" }).end());
    expect(await send(url)).toMatchObject({ status: 503, error: "status", retryAfter: "12.5" });
  });

  test("takes its duration from the clock it is given", async () => {
    const url = await serve((_, response) => response.end());
    const times = [1_000, 1_250];
    expect((await send(url, { now: () => times.shift() ?? 0 })).durationMs).toBe(250);
  });

  test("throws when a header cannot be sent: that is our bug, not the receiver's", async () => {
    const url = await serve((_, response) => response.end());
    await expect(send(url, { headers: { "webhook-id": "a\nb" } })).rejects.toThrow(TypeError);
  });
});

describe("a redirect", () => {
  test("is a failure of its own and is not followed", async () => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: "/login" }).end("see /login");
    });
    expect(await send(url)).toMatchObject({ status: 302, error: "redirect", response: "see /login" });
    expect(paths).toEqual(["/hook"]);
  });

  test("is one from 300 to 399", async () => {
    const statuses = [300, 301, 303, 304, 307, 308, 399];
    const url = await serve((_, response) => response.writeHead(statuses[0] ?? 500).end());
    const errors: Attempt["error"][] = [];
    while (statuses.length > 0) {
      errors.push((await send(url)).error);
      statuses.shift();
    }
    expect(errors).toEqual(Array(7).fill("redirect"));
  });
});

describe("a receiver that takes too long", () => {
  test("before its headers is a timeout without a status", async () => {
    const url = await serve(() => undefined);
    expect(await send(url, { timeoutMs: 50 })).toMatchObject({
      status: null,
      error: "timeout",
      response: "",
    });
  });

  test("to finish its body is a timeout, drip as it may", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("."), 10);
      response.on("close", () => clearInterval(drip));
    });
    const attempt = await send(url, { timeoutMs: 500 });
    expect(attempt).toMatchObject({ status: 200, error: "timeout" });
    expect(attempt.response).toMatch(/^\.+$/);
    expect(attempt.durationMs).toBeLessThan(4_000);
  });

  test("with the body of a 500 still fails by its status", async () => {
    const url = await serve((_, response) => response.writeHead(500).write("oops"));
    expect(await send(url, { timeoutMs: 500 })).toMatchObject({
      status: 500,
      error: "status",
      response: "oops",
    });
  });
});

describe("the response", () => {
  test("of 10 MB is read for its first 4 KB and then let go", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    let sent = 0;
    const closed = Promise.withResolvers<void>();
    const url = await serve((_, response) => {
      response.on("close", closed.resolve);
      const more = () => {
        while (sent < 10_000_000) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on("drain", more);
      more();
    });
    const attempt = await send(url);
    expect(attempt).toMatchObject({ status: 200, error: null, response: "x".repeat(4_096) });
    await closed.promise;
    expect(sent).toBeLessThan(10_000_000);
  });

  test("is kept whole at its limit and cut one byte above", async () => {
    const url = await serve((_, response) => response.end("12345"));
    expect((await send(url, { maxResponseBytes: 5 })).response).toBe("12345");
    expect((await send(url, { maxResponseBytes: 4 })).response).toBe("1234");
  });

  test("is not cut inside a character", async () => {
    const url = await serve((_, response) => response.end("aé"));
    expect((await send(url, { maxResponseBytes: 2 })).response).toBe("a");
  });

  test("that is no text is kept as text all the same, without NUL", async () => {
    const url = await serve((_, response) => response.end(Uint8Array.from([0x61, 0x00, 0xff, 0x62])));
    expect((await send(url)).response).toBe("a\ufffd\ufffdb");
  });
});

describe("a network error", () => {
  test("for a refused connection keeps nothing of what the platform says", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = urlOf(server.address());
    await new Promise((resolve) => server.close(resolve));
    const { durationMs, ...attempt } = await send(url);
    expect(attempt).toEqual({ status: null, response: "", error: "network", retryAfter: null });
    expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  test("is a body that breaks off", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.destroy(), 20);
    });
    expect(await send(url)).toMatchObject({ status: 200, error: "network", response: "half" });
  });

  test("is an answer that is no HTTP", async () => {
    const server = createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    expect(await send(urlOf(server.address()))).toMatchObject({
      status: null,
      error: "network",
      response: "",
    });
  });
});
