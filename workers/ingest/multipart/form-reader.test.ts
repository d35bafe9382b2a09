import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../../shared/byte-source.ts";
import { FormError, FormReader } from "./form-reader.ts";

const BOUNDARY = "---------------------------a1b2";

/** A body that arrives in these pieces. */
function arriving(pieces: Uint8Array[]): ByteSource {
  const queue = [...pieces];
  return {
    async read(buffer, offset) {
      const piece = queue.shift() ?? new Uint8Array(0);
      const room = buffer.byteLength - offset;
      new Uint8Array(buffer, offset).set(piece.subarray(0, room));
      if (piece.byteLength > room) queue.unshift(piece.subarray(room));
      return { buffer, bytes: Math.min(piece.byteLength, room) };
    },
    async cancel() {},
  };
}

function cut(body: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(body.byteLength / size) }, (_, n) =>
    body.subarray(n * size, (n + 1) * size),
  );
}

async function read(pieces: Uint8Array[]): Promise<[name: string, value: Buffer][]> {
  const reader = new FormReader(arriving(pieces), BOUNDARY);
  const parts: [string, Buffer][] = [];
  for (let part = await reader.nextPart(); part; part = await reader.nextPart()) {
    const value: Buffer[] = [];
    for (let piece = await reader.nextPiece(); piece; piece = await reader.nextPiece())
      value.push(Buffer.from(piece));
    parts.push([part.name, Buffer.concat(value)]);
  }
  return parts;
}

function write(parts: [name: string, value: Uint8Array | string][]): Buffer {
  const written = parts.flatMap(([name, value]) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...written, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

async function reasonOf(body: Uint8Array | string): Promise<string | null> {
  try {
    await read([Buffer.from(body)]);
    return null;
  } catch (error) {
    return error instanceof FormError ? error.reason : String(error);
  }
}

/** Everything that looks like the delimiter and is none. */
const TRICKY = Buffer.from(
  [
    `--${BOUNDARY}--`,
    "\r",
    "\n",
    "\r\n",
    "\r\n-",
    "\r\n--",
    "\r\n----",
    `\r\n--${BOUNDARY.slice(0, -1)}`,
    "\r\n\r\n",
  ]
    .concat([
      `\r\n--${BOUNDARY}x`,
      `\r\n--${BOUNDARY}-\r`,
      `\n--${BOUNDARY}\r\n`,
      `\r\n\r\n--${BOUNDARY.slice(1)}--`,
    ])
    .join("|"),
);

describe("a form's parts", () => {
  const body = write([
    ["first", "text"],
    ["empty", ""],
    ["file", TRICKY],
    ["last", "ü"],
  ]);
  const expected = [
    ["first", Buffer.from("text")],
    ["empty", Buffer.from("")],
    ["file", TRICKY],
    ["last", Buffer.from("ü")],
  ];

  test("come out whole when the body comes in one piece", async () => {
    expect(await read([body])).toEqual(expected);
  });

  test("come out whole wherever the body is cut in two", async () => {
    for (let at = 1; at < body.length; at++) {
      expect(await read([body.subarray(0, at), body.subarray(at)]), `cut at ${at}`).toEqual(expected);
    }
  });

  test("come out whole in pieces of any size from one byte on", async () => {
    for (let size = 1; size < 100; size++) {
      expect(await read(cut(body, size)), `pieces of ${size}`).toEqual(expected);
    }
  });

  test("come out whole when they are longer than the window, wherever it ends", async () => {
    for (let extra = 0; extra < 120; extra++) {
      const value = randomBytes(272 * 1024 - 200 + extra);
      const [part] = await read([write([["file", value]])]);
      expect(part?.[1].equals(value), `${value.length} bytes`).toBe(true);
    }
  });

  test("may have a preamble before and an epilogue behind them", async () => {
    const letter = Buffer.concat([Buffer.from("preamble\r\n"), write([["a", "1"]]), Buffer.from("epilogue")]);
    expect(await read([letter])).toEqual([["a", Buffer.from("1")]]);
  });

  test("may be none at all", async () => {
    expect(await read([write([])])).toEqual([]);
  });

  test("that are not read are skipped", async () => {
    const reader = new FormReader(arriving([body]), BOUNDARY);
    const names: string[] = [];
    for (let part = await reader.nextPart(); part; part = await reader.nextPart()) names.push(part.name);
    expect(names).toEqual(["first", "empty", "file", "last"]);
  });
});

describe("a form that cannot be read", () => {
  test("is truncated wherever it ends before its closing boundary", async () => {
    const body = write([["a", "1"]]);
    for (let length = 0; length < body.length - 2; length++) {
      expect(await reasonOf(body.subarray(0, length)), `${length} bytes`).toBe("truncated");
    }
    expect(await reasonOf(body.subarray(0, -2))).toBeNull(); // the last line end is not needed
  });

  test("is truncated when its boundary is not the one that was named", async () => {
    expect(await reasonOf("--other\r\n\r\n\r\n--other--\r\n")).toBe("truncated");
  });

  test("is malformed when a part has no headers", async () => {
    expect(await reasonOf(`--${BOUNDARY}\r\n\r\nvalue\r\n--${BOUNDARY}--\r\n`)).toBe("malformed");
  });

  test("is malformed when the headers of a part are longer than 16 KiB, and not before", async () => {
    const start = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="`;
    const form = (bytes: number) => `${start}${"n".repeat(bytes)}"\r\n\r\n\r\n--${BOUNDARY}--\r\n`;
    const room = 16 * 1024 - '\r\nContent-Disposition: form-data; name=""'.length;
    expect(await reasonOf(form(room))).toBeNull();
    expect(await reasonOf(form(room + 1))).toBe("malformed");
  });

  test("is malformed when headers do not end", async () => {
    expect(await reasonOf(`--${BOUNDARY}\r\n${"x".repeat(20_000)}`)).toBe("malformed");
  });
});
