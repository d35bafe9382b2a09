import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PART_BYTES } from "../../../shared/storage/store-audio.ts";
import { chunk, postAndVanish, postChunked } from "../../../tests/support/clients/raw-http.ts";
import { readBundle } from "../../../tests/support/run/prepared.ts";
import { type AudioWorker, startAudioWorker } from "../../../tests/support/workers/start-audio-worker.ts";

let worker: AudioWorker;
beforeAll(async () => {
  worker = await startAudioWorker(await readBundle("audio-worker"));
});
afterAll(() => worker.close());

type Answer = {
  fields?: [string, string][];
  files?: {
    name: string;
    filename: string | null;
    contentType: string | null;
    bytes: number;
    sha256: string;
  }[];
  error?: { name: string; reason?: string; message: string; cause?: string };
};

const TYPE = "multipart/form-data; boundary=bound";

/** As a browser sends it, with a Content-Length. */
async function sendForm(form: FormData, query = ""): Promise<Answer> {
  return (await (await fetch(formUrl(query), { method: "POST", body: form })).json()) as Answer;
}

/** A body written by hand, in chunks and without a length. */
async function sendBody(body: Uint8Array | string, type = TYPE, query = ""): Promise<Answer> {
  return (await (await postChunked(formUrl(query), [Buffer.from(body)], type)).json()) as Answer;
}

function formUrl(query = "", key = "form"): URL {
  return new URL(`/form?key=${key}&${query}`, worker.url);
}

function field(name: string, value: string): string {
  return `--bound\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

function fileHead(filename = "a.mp3"): string {
  return `--bound\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: audio/mpeg\r\n\r\n`;
}

function recording(bytes: Uint8Array<ArrayBuffer>): Blob {
  return new Blob([bytes], { type: "audio/mpeg" });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("a form with a recording", () => {
  test("gives the file and the fields on both sides of it, in their order", async () => {
    const bytes = randomBytes(1000);
    const form = new FormData();
    form.append("language", "de");
    form.append("tags", "a");
    form.append("file", recording(bytes), "standup.mp3");
    form.append("tags", "b");
    form.append("prompt", "Zoë, 日本語\r\nand a second line");
    expect(await sendForm(form)).toEqual({
      fields: [
        ["language", "de"],
        ["tags", "a"],
        ["tags", "b"],
        ["prompt", "Zoë, 日本語\r\nand a second line"],
      ],
      files: [
        {
          name: "file",
          filename: "standup.mp3",
          contentType: "audio/mpeg",
          bytes: 1000,
          sha256: sha256(bytes),
        },
      ],
    });
  });

  test("longer than a part is stored whole", async () => {
    const bytes = randomBytes(2 * PART_BYTES + 1);
    const form = new FormData();
    form.append("file", recording(bytes), "long.mp3");
    const { files } = await sendForm(form);
    expect(files?.[0]).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
    const object = await worker.bucket.get("form");
    expect(sha256(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(sha256(bytes));
  });

  test("arrives whole in chunks of one byte", async () => {
    const bytes = Buffer.concat([
      Buffer.from("\r\n--boun"),
      randomBytes(2000),
      Buffer.from("\r\n--boundary\r\n--"),
    ]);
    const body = Buffer.concat([
      Buffer.from(field("a", "1") + fileHead()),
      bytes,
      Buffer.from("\r\n--bound--\r\n"),
    ]);
    const { fields, files } = await sendBody(body, TYPE, "chunk=1");
    expect(fields).toEqual([["a", "1"]]);
    expect(files?.[0]?.sha256).toBe(sha256(bytes));
  });

  test("arrives whole in chunks of seven bytes", async () => {
    const bytes = Buffer.concat([
      Buffer.from("\r\n--boun"),
      randomBytes(20_000),
      Buffer.from("\r\n--boundary\r\n--"),
    ]);
    const body = Buffer.concat([
      Buffer.from(fileHead()),
      bytes,
      Buffer.from(`\r\n${field("b", "2")}--bound--\r\n`),
    ]);
    const { fields, files } = await sendBody(body, TYPE, "chunk=7");
    expect(fields).toEqual([["b", "2"]]);
    expect(files?.[0]?.sha256).toBe(sha256(bytes));
  });

  test("arrives whole in chunks of 64 KiB", async () => {
    const bytes = randomBytes(PART_BYTES + 12_345);
    const body = Buffer.concat([Buffer.from(fileHead()), bytes, Buffer.from("\r\n--bound--\r\n")]);
    const { files } = await sendBody(body, TYPE, "chunk=65536");
    expect(files?.[0]?.sha256).toBe(sha256(bytes));
  });

  test("keeps a file name with quotes and letters of any script", async () => {
    const form = new FormData();
    form.append("file", recording(randomBytes(1)), 'Gespräch "日本語" 100%.mp3');
    expect((await sendForm(form)).files?.[0]?.filename).toBe('Gespräch "日本語" 100%.mp3');
  });

  test("that has audio's type but no file name is taken as the file", async () => {
    const head = '--bound\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: audio/wav\r\n\r\n';
    const { files } = await sendBody(`${head}bytes\r\n--bound--\r\n`);
    expect(files).toMatchObject([{ filename: null, contentType: "audio/wav", bytes: 5 }]);
  });

  test("that is empty is left to the one who stores it", async () => {
    expect((await sendBody(`${fileHead()}\r\n--bound--\r\n`)).error?.name).toBe("EmptyBodyError");
  });
});

describe("a form without a recording", () => {
  test("may have `file` as text, a URL", async () => {
    const form = new FormData();
    form.append("file", "https://example.com/a.mp3");
    expect(await sendForm(form)).toEqual({ fields: [["file", "https://example.com/a.mp3"]], files: [] });
  });

  test("may have a field with a type of its own", async () => {
    const head =
      '--bound\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n';
    expect((await sendBody(`${head}{"a":1}\r\n--bound--\r\n`)).fields).toEqual([["metadata", '{"a":1}']]);
  });

  test("may come from a browser whose file input was left empty", async () => {
    const head = '--bound\r\nContent-Disposition: form-data; name="file"; filename=""\r\n';
    const empty = `${head}Content-Type: application/octet-stream\r\n\r\n\r\n`;
    const answer = await sendBody(`${empty}${field("language", "de")}--bound--\r\n`);
    expect(answer).toEqual({ fields: [["language", "de"]], files: [] });
  });
});

describe("a form that is refused", () => {
  test("has two files", async () => {
    const form = new FormData();
    form.append("file", recording(randomBytes(10)), "a.mp3");
    form.append("file", recording(randomBytes(10)), "b.mp3");
    expect((await sendForm(form)).error).toMatchObject({ name: "FormError", reason: "two_files" });
  });

  test("names no boundary", async () => {
    expect((await sendBody("--bound--\r\n", "multipart/form-data")).error?.reason).toBe("no_boundary");
  });

  test("has no bytes", async () => {
    expect((await sendBody("")).error?.reason).toBe("truncated");
  });

  test("has a part without a name", async () => {
    const body = "--bound\r\nContent-Type: audio/mpeg\r\n\r\nbytes\r\n--bound--\r\n";
    expect((await sendBody(body)).error?.reason).toBe("malformed");
  });

  test("ends within its file, of which nothing is kept", async () => {
    await worker.bucket.delete("form");
    const body = Buffer.concat([Buffer.from(fileHead()), randomBytes(PART_BYTES + 1)]);
    expect((await sendBody(body)).error).toMatchObject({ name: "FormError", reason: "truncated" });
    expect(await worker.bucket.head("form")).toBeNull();
    expect(await worker.openUploads()).toBe(0);
  });

  test("has a field of more than 64 KiB, but not of 64 KiB", async () => {
    expect((await sendBody(`${field("a", "x".repeat(65_536))}--bound--\r\n`)).error).toBeUndefined();
    expect((await sendBody(`${field("a", "x".repeat(65_537))}--bound--\r\n`)).error?.reason).toBe(
      "too_large",
    );
  });

  test("has fields of more than 256 KiB together, but not of 256 KiB", async () => {
    const full = field("a", "x".repeat(65_536)).repeat(4);
    expect((await sendBody(`${full}--bound--\r\n`)).error).toBeUndefined();
    expect((await sendBody(`${full}${field("b", "x")}--bound--\r\n`)).error?.reason).toBe("too_large");
  });

  test("has more than 100 fields, but not 100", async () => {
    expect((await sendBody(`${field("a", "x").repeat(100)}--bound--\r\n`)).fields).toHaveLength(100);
    expect((await sendBody(`${field("a", "x").repeat(101)}--bound--\r\n`)).error?.reason).toBe("too_large");
  });
});

describe("the receiver of the file", () => {
  test("and fails, fails the form with the same error", async () => {
    const form = new FormData();
    form.append("file", recording(randomBytes(8 * PART_BYTES)), "a.mp3");
    expect((await sendForm(form, "refuse")).error).toMatchObject({ name: "Error", message: "not this one" });
  });

  test("and refuses its length, fails the form with the same error and leaves nothing", async () => {
    await worker.bucket.delete("form");
    const form = new FormData();
    form.append("file", recording(randomBytes(2 * PART_BYTES)), "a.mp3");
    expect((await sendForm(form, `maxBytes=${PART_BYTES + 1}`)).error?.name).toBe("AudioTooLargeError");
    expect(await worker.bucket.head("form")).toBeNull();
    expect(await worker.openUploads()).toBe(0);
  });

  test("and does not read it, still gets the fields behind it", async () => {
    const form = new FormData();
    form.append("file", recording(randomBytes(PART_BYTES)), "a.mp3");
    form.append("language", "de");
    expect(await sendForm(form, "ignore")).toEqual({ fields: [["language", "de"]], files: [] });
  });

  test("slowly, holds up the reading of the body", async () => {
    const body = Buffer.concat([
      Buffer.from(fileHead()),
      randomBytes(4 * 1024 * 1024),
      Buffer.from("\r\n--bound--\r\n"),
    ]);
    const answer = await postChunked(new URL("/slow-form", worker.url), [body], TYPE);
    const { atRest, pulled } = (await answer.json()) as { atRest: number; pulled: number };
    expect(atRest).toBeLessThan(512 * 1024);
    expect(pulled).toBe(body.length);
  });
});

test("a client that goes away within the file leaves no object and no multipart upload", async () => {
  const body = chunk(Buffer.concat([Buffer.from(fileHead()), randomBytes(2 * PART_BYTES)]));
  const headers = { "Content-Type": TYPE, "Transfer-Encoding": "chunked" };
  await postAndVanish(formUrl("", "vanished"), headers, body, "close");
  const outcome = await vi.waitUntil(
    async () => (await fetch(new URL("/outcome?key=vanished", worker.url))).json() as Promise<Answer | null>,
    { timeout: 10_000 },
  );
  expect(outcome?.error).toMatchObject({ name: "FormError", reason: "truncated", cause: expect.any(String) });
  expect(await worker.bucket.head("vanished")).toBeNull();
  expect(await worker.openUploads()).toBe(0);
});
