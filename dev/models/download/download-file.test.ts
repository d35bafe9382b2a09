import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { URL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { close, listen } from "../../stand-in/serve.ts";
import { type DownloadDeps, downloadFile } from "./download-file.ts";
import {
  breakOffAfter,
  type FileServer,
  redirectTo,
  refuse,
  sendOther,
  sendWhole,
  serveFile,
} from "./testing/file-server.ts";

const FILE = randomBytes(100_000);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

let folder: string;
let path: string;
const waits: number[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "download-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  waits.length = 0;
  path = join(folder, "model.onnx");
  await rm(path, { force: true });
  await rm(`${path}.part`, { force: true });
});

function download(url: string, deps: Partial<DownloadDeps> = {}, bytes = FILE.length): Promise<void> {
  return downloadFile(
    path,
    { url, bytes, sha256: SHA256 },
    {
      environment: {},
      signal: new AbortController().signal,
      onProgress: () => undefined,
      sleep: async (ms) => void waits.push(ms),
      ...deps,
    },
  );
}

async function expectWhole(): Promise<void> {
  expect(FILE.equals(await readFile(path))).toBe(true);
  expect(existsSync(`${path}.part`)).toBe(false);
}

async function expectRefused(server: FileServer | { url: string }, message: RegExp): Promise<void> {
  await expect(download(server.url)).rejects.toMatchObject({
    name: "DownloadError",
    message: expect.stringMatching(message),
  });
  expect(existsSync(path)).toBe(false);
}

describe("a file comes whole", () => {
  test("at once, and tells how far it is", async () => {
    const told: number[] = [];
    const server = await serveFile(FILE);
    await download(server.url, { onProgress: (bytes) => told.push(bytes) });
    await expectWhole();
    expect(told.at(-1)).toBe(FILE.length);
    expect(server.asked).toEqual(["/model.onnx"]);
  });

  test("over a line that breaks off again and again, each time from where it was", async () => {
    const cuts = Array.from({ length: 8 }, () => breakOffAfter(10_000));
    const server = await serveFile(FILE, ...cuts);
    await download(server.url);
    await expectWhole();
    expect(server.asked.slice(0, 3)).toEqual([
      "/model.onnx",
      "/model.onnx bytes=10000-",
      "/model.onnx bytes=20000-",
    ]);
  });

  test("from what an earlier start has left", async () => {
    await writeFile(`${path}.part`, FILE.subarray(0, 60_000));
    const server = await serveFile(FILE);
    await download(server.url);
    await expectWhole();
    expect(server.asked).toEqual(["/model.onnx bytes=60000-"]);
  });

  test("without a request when an earlier start has left all of it", async () => {
    await writeFile(`${path}.part`, FILE);
    const server = await serveFile(FILE);
    await download(server.url);
    await expectWhole();
    expect(server.asked).toEqual([]);
  });

  test("from a host without ranges, which begins again", async () => {
    await writeFile(`${path}.part`, FILE.subarray(0, 60_000));
    await download((await serveFile(FILE, sendWhole)).url);
    await expectWhole();
  });

  test("after a range that the host does not have", async () => {
    await writeFile(`${path}.part`, FILE.subarray(0, 60_000));
    const server = await serveFile(FILE, refuse(416));
    await download(server.url);
    await expectWhole();
    expect(server.asked).toEqual(["/model.onnx bytes=60000-", "/model.onnx"]);
  });

  test("after another range than was asked for", async () => {
    await writeFile(`${path}.part`, FILE.subarray(0, 60_000));
    const wrongRange = (_: unknown, response: ServerResponse) => {
      response.writeHead(206, { "content-range": `bytes 0-99999/${FILE.length}` }).end(FILE);
    };
    await download((await serveFile(FILE, wrongRange)).url);
    await expectWhole();
  });

  test("when what is here is longer than the file", async () => {
    await writeFile(`${path}.part`, Buffer.alloc(FILE.length + 1));
    await download((await serveFile(FILE)).url);
    await expectWhole();
  });

  test("when what an earlier start has left was damaged: it is fetched once more", async () => {
    await writeFile(`${path}.part`, Buffer.alloc(50_000));
    const server = await serveFile(FILE);
    await download(server.url);
    await expectWhole();
    expect(server.asked).toEqual(["/model.onnx bytes=50000-", "/model.onnx"]);
  });

  test("after a 503, when it said", async () => {
    await download((await serveFile(FILE, refuse(503, { "retry-after": "7" }))).url);
    await expectWhole();
    expect(waits).toEqual([7000]);
  });

  test("over redirects, with the range", async () => {
    await writeFile(`${path}.part`, FILE.subarray(0, 60_000));
    const server = await serveFile(
      FILE,
      redirectTo(() => "/elsewhere"),
    );
    await download(server.url);
    await expectWhole();
    expect(server.asked).toEqual(["/model.onnx bytes=60000-", "/elsewhere bytes=60000-"]);
  });

  test("when a line says nothing for too long", async () => {
    const silent = () => undefined;
    await download((await serveFile(FILE, silent)).url, { idleMs: 50 });
    await expectWhole();
  });

  test("through a proxy", async () => {
    const server = await serveFile(FILE);
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      through.push(request.url ?? "");
      httpRequest(new URL(request.url ?? "").href, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }).end();
    });
    const { origin } = await listen(proxy);
    onTestFinished(() => close(proxy));
    await download(server.url, { environment: { HTTP_PROXY: origin } });
    await expectWhole();
    expect(through).toEqual([server.url]);
  });
});

describe("a file does not come, and nothing is left that could be taken for it:", () => {
  test("it is another file, twice", async () => {
    const other = randomBytes(FILE.length);
    const server = await serveFile(other);
    await expectRefused(server, /not the file it should be \(its SHA-256 differs, twice\)/);
    expect(server.asked).toHaveLength(2);
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  test("it is no longer there", async () => {
    const server = await serveFile(FILE, refuse(404), refuse(404));
    await expectRefused(server, /answers with status 404 for model.onnx: it is no longer there/);
    expect(server.asked).toHaveLength(1);
  });

  test("a page answers instead, and what is here stays", async () => {
    await writeFile(`${path}.part`, FILE.subarray(0, 60_000));
    const page = (_: unknown, response: ServerResponse) => {
      response
        .writeHead(200, { "content-type": "text/html", "content-length": 20 })
        .end("<html>sign in</html>");
    };
    await expectRefused(
      await serveFile(FILE, page),
      /sends 20 bytes, a web page, not the 100000 of the file/,
    );
    expect(await readFile(`${path}.part`)).toHaveLength(60_000);
  });

  test("more comes than the file has, under no length", async () => {
    const endless = (_: unknown, response: ServerResponse) => {
      response.write(Buffer.alloc(60_000));
      response.end(Buffer.alloc(60_000));
    };
    await expectRefused(await serveFile(FILE, endless), /More than the 100000 bytes/);
  });

  test("the host promises another length than it sends", async () => {
    const lies = (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { "content-length": FILE.length });
      response.end(FILE.subarray(0, 40_000));
      response.socket?.end();
    };
    await download((await serveFile(FILE, lies)).url);
    await expectWhole();
  });

  test("a shorter file is refused by its length", async () => {
    await expectRefused(
      await serveFile(FILE, sendOther(FILE.subarray(0, 500))),
      /sends 500 bytes, not the 100000/,
    );
  });

  test("the host has trouble each time: five tries, with growing pauses", async () => {
    const server = await serveFile(FILE, ...Array.from({ length: 5 }, () => refuse(500)));
    await expectRefused(server, /could not be read to the end \(status 500\). Start it again/);
    expect(waits).toEqual([2000, 4000, 8000, 16_000]);
  });

  test("it redirects for ever", async () => {
    await expectRefused(
      await serveFile(FILE, ...Array.from({ length: 10 }, () => redirectTo(() => "/again"))),
      /redirects more than 5 times/,
    );
  });

  test("nobody listens there", async () => {
    const url = `http://127.0.0.1:${await freePort()}/model.onnx`;
    await expectRefused({ url }, /ECONNREFUSED.*HTTPS_PROXY.*DIARIST_MODELS/s);
  });

  test("the name leads nowhere", async () => {
    await expectRefused(
      { url: "http://nowhere.invalid/model.onnx" },
      /nowhere.invalid cannot be reached .*HTTPS_PROXY/,
    );
  });

  test("it is stopped, and goes on later", async () => {
    const stop = new AbortController();
    const server = await serveFile(FILE, breakOffAfter(30_000));
    const sleep = async () => stop.abort(new Error("stopped"));
    await expect(download(server.url, { signal: stop.signal, sleep })).rejects.toThrow("stopped");
    await download(server.url);
    await expectWhole();
    expect(server.asked.at(-1)).toBe("/model.onnx bytes=30000-");
  });
});
