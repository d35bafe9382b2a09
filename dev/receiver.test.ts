import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { ATTEMPT_DELAYS_SECONDS } from "../shared/webhooks/retry-schedule.ts";
import { newWebhookSecret, signWebhook } from "../shared/webhooks/sign-webhook.ts";
import { createReceiver, type Receiver, type ReceiverOptions, showReceived } from "./receiver.ts";

const SECRET = newWebhookSecret(new Uint8Array(32).fill(1));
const OTHER_SECRET = newWebhookSecret(new Uint8Array(32).fill(2));

const open: Receiver[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((receiver) => receiver.close()));
});

async function start(options: Partial<ReceiverOptions> = {}): Promise<Receiver> {
  const receiver = await createReceiver({ secret: SECRET, ...options });
  open.push(receiver);
  return receiver;
}

async function post(url: string, id = "evt_1", secret = SECRET, type = "job.completed"): Promise<Response> {
  const body = JSON.stringify({ type, timestamp: "2026-11-20T12:00:00Z", data: { id: "job_1" } });
  const headers = await signWebhook([secret], id, Math.floor(Date.now() / 1000), body);
  return fetch(url, { method: "POST", headers, body });
}

describe("the receiver", () => {
  test("keeps a genuine webhook as verified and answers 204", async () => {
    const receiver = await start();
    const answer = await post(`${receiver.url}hooks/7?x=1`);
    expect(answer.status).toBe(204);
    expect(receiver.received).toMatchObject([
      { id: "evt_1", type: "job.completed", verified: true, problem: null, path: "/hooks/7?x=1" },
    ]);
    expect(receiver.received[0]?.headers["webhook-id"]).toBe("evt_1");
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ data: { id: "job_1" } });
  });

  test("keeps a forged one too, unverified and with the reason, and answers 401", async () => {
    const receiver = await start();
    const answer = await post(receiver.url, "evt_1", OTHER_SECRET);
    expect(answer.status).toBe(401);
    expect(receiver.received).toMatchObject([{ verified: false, problem: "No matching signature found" }]);
  });

  test("keeps what is no webhook at all", async () => {
    const receiver = await start();
    await fetch(receiver.url, { method: "POST", body: "hello" });
    expect(receiver.received).toMatchObject([
      { id: "", type: null, body: "hello", verified: false, problem: "Missing required headers" },
    ]);
  });

  test("asks for the secret at every request", async () => {
    const secrets = [SECRET, OTHER_SECRET];
    const receiver = await start({ secret: async () => secrets.shift() ?? "" });
    await post(receiver.url, "evt_1", SECRET);
    await post(receiver.url, "evt_2", OTHER_SECRET);
    expect(receiver.received.map(({ verified }) => verified)).toEqual([true, true]);
  });

  test("answers as it is told, by the number of the request", async () => {
    const receiver = await start({
      respond: (n) =>
        n === 1 ? { status: 503, headers: { "retry-after": "7" }, body: "busy" } : { status: 200 },
    });
    const first = await post(receiver.url);
    expect([first.status, first.headers.get("retry-after"), await first.text()]).toEqual([503, "7", "busy"]);
    expect((await post(receiver.url)).status).toBe(200);
  });

  test("closes at once while an answer is still delayed", async () => {
    const receiver = await start({ respond: () => ({ status: 200, delayMs: 60_000 }) });
    const answer = post(receiver.url).catch(() => "broken off");
    await receiver.waitFor(1);
    await receiver.close();
    expect(await answer).toBe("broken off");
  });
});

describe("waitFor", () => {
  test("gives what came before it was asked", async () => {
    const receiver = await start();
    await post(receiver.url, "evt_1");
    expect(await receiver.waitFor(1)).toHaveLength(1);
    expect((await receiver.waitFor(({ id }) => id === "evt_1")).type).toBe("job.completed");
  });

  test("waits for what is still to come", async () => {
    const receiver = await start();
    const failed = receiver.waitFor(({ type }) => type === "job.failed");
    const two = receiver.waitFor(2);
    await post(receiver.url, "evt_1");
    await post(receiver.url, "evt_2", SECRET, "job.failed");
    expect((await failed).id).toBe("evt_2");
    expect((await two).map(({ id }) => id)).toEqual(["evt_1", "evt_2"]);
  });

  test("fails after its time and says what came", async () => {
    const receiver = await start();
    await post(receiver.url, "evt_1");
    await expect(receiver.waitFor(2, 20)).rejects.toThrow(
      "no webhook in 20 ms for 2 in all; came: job.completed evt_1",
    );
  });

  test("fails when the receiver is closed", async () => {
    const receiver = await start();
    const waiting = expect(receiver.waitFor(1)).rejects.toThrow("closed before");
    await receiver.close();
    await waiting;
  });
});

test("a webhook is shown in one line", async () => {
  const lines: string[] = [];
  const receiver = await start({
    onReceived: (request, answer) => lines.push(showReceived(request, answer)),
  });
  await post(receiver.url);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d {2}job\.completed {2}job_1 {2}evt_1 {2}verified {2}\d+ bytes {2}→ 204$/,
  );
});

describe("node dev/receiver.ts", () => {
  test("prints its address and then each webhook", async () => {
    const child = spawn(process.execPath, ["dev/receiver.ts", "--port", "0", "--secret", SECRET]);
    try {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const url = /http:\S+/.exec(String((await lines.next()).value))?.[0] ?? "";
      expect((await post(url)).status).toBe(204);
      expect(String((await lines.next()).value)).toContain("job.completed  job_1  evt_1  verified");
    } finally {
      child.kill();
    }
  });

  test("without a secret says how to get it", async () => {
    const { WEBHOOK_SECRET: _, ...env } = process.env;
    const child = spawn(process.execPath, ["dev/receiver.ts"], { env });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += String(chunk);
    });
    const [code] = await once(child, "close");
    expect(code).toBe(1);
    expect(said).toContain("/v1/webhooks/secret");
  });
});

describe("docs/webhooks.md", () => {
  test("shows a receiver that runs, takes a genuine webhook and refuses a forged one", async () => {
    const page = await readFile("docs/webhooks.md", "utf8");
    const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
    const example = examples.find((code) => code.includes("createServer")) ?? "";
    const env = { ...process.env, WEBHOOK_SECRET: SECRET, PORT: "0" };
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", example], { env });
    try {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      let line = "";
      while (!line.includes("port:")) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the example ended without listening: ${line}`);
        line += value;
      }
      const url = `http://127.0.0.1:${/port: (\d+)/.exec(line)?.[1]}/`;
      expect((await post(url, "evt_1", OTHER_SECRET)).status).toBe(401);
      expect((await post(url)).status).toBe(204);
    } finally {
      child.kill();
    }
  });

  test("shows the retry table of shared/webhooks/retry-schedule.ts", async () => {
    const page = await readFile("docs/webhooks.md", "utf8");
    const rows = [...page.matchAll(/^\| (\d) \| ([^|]+) \|/gm)].map(([, n, wait]) => [
      Number(n),
      seconds(wait ?? ""),
    ]);
    expect(rows).toEqual(ATTEMPT_DELAYS_SECONDS.map((delay, index) => [index + 1, delay]));
  });
});

function seconds(wait: string): number {
  const [amount, unit] = wait.split(" ");
  return wait === "none" ? 0 : Number(amount) * (unit === "h" ? 3_600 : unit === "min" ? 60 : 1);
}
