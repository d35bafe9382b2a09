import { expect, test } from "vitest";
import { boundaryOf, MultipartError, parseMultipart } from "./multipart.ts";

const BODY = [
  "a preamble\r\n",
  '--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n',
  '--edge\r\ncontent-disposition: form-data; name="empty"\r\n\r\n\r\n',
  '--edge\r\nContent-Disposition: form-data; name="file"; filename="zoë %22q%22.wav"\r\nContent-Type: audio/wav\r\n\r\n',
  "\r\n--edg\r\n--edgy\r\r\n-\r\n--edge--\r\n an epilogue\r\n--edge",
].join("");

async function read(body: string, sizes: number[], boundary = "edge"): Promise<unknown[]> {
  const bytes = Buffer.from(body);
  const parts: {
    name: string;
    filename: string | undefined;
    contentType: string | undefined;
    body: string;
  }[] = [];
  const chunks: Buffer[] = [];
  const source = async function* () {
    let at = 0;
    for (let turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  };
  for await (const event of parseMultipart(source(), boundary)) {
    if (event.type === "part") parts.push({ ...event.headers, body: "" });
    if (event.type === "data") chunks.push(event.chunk);
    if (event.type === "end") {
      const last = parts.at(-1);
      if (last !== undefined) last.body = Buffer.concat(chunks).toString();
      chunks.length = 0;
    }
  }
  return parts;
}

const PARTS = [
  { name: "model", filename: undefined, contentType: undefined, body: "whisper" },
  { name: "empty", filename: undefined, contentType: undefined, body: "" },
  { name: "file", filename: 'zoë "q".wav', contentType: "audio/wav", body: "\r\n--edg\r\n--edgy\r\r\n-" },
];

test("parts come out with names and bodies, look-alikes of the boundary included", async () => {
  expect(await read(BODY, [10_000])).toEqual(PARTS);
});

test("the same parts come out wherever the network cuts the body in two", async () => {
  const whole = await read(BODY, [10_000]);
  const length = Buffer.byteLength(BODY);
  for (let cut = 1; cut < length; cut++) expect(await read(BODY, [cut, length])).toEqual(whole);
});

test("the same parts come out byte by byte", async () => {
  expect(await read(BODY, [1])).toEqual(await read(BODY, [10_000]));
});

test("a body that ends before its closing boundary is refused", async () => {
  const body = '--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--edge';
  await expect(read(body, [7])).rejects.toThrow(MultipartError);
});

test("a part without a name is refused", async () => {
  await expect(read("--edge\r\nContent-Disposition: form-data\r\n\r\nb\r\n--edge--", [99])).rejects.toThrow(
    "name",
  );
});

test("a part whose headers never end is refused", async () => {
  await expect(read(`--edge\r\nx: ${"y".repeat(20_000)}`, [4096])).rejects.toThrow("too long");
});

test("an extended filename wins over the plain one", async () => {
  const body =
    '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"; filename*=UTF-8\'\'%E2%82%AC.wav\r\n\r\n\r\n--edge--';
  expect(await read(body, [50])).toEqual([
    { name: "file", filename: "€.wav", contentType: undefined, body: "" },
  ]);
});

test("the boundary is read bare and quoted, and only from multipart/form-data", () => {
  expect(boundaryOf("multipart/form-data; boundary=abc")).toBe("abc");
  expect(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"')).toBe("a b");
  expect(boundaryOf("application/json; boundary=abc")).toBeUndefined();
  expect(boundaryOf(undefined)).toBeUndefined();
});
