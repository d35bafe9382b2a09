import { createHash } from "node:crypto";
import { Upload, type UploadOptions } from "tus-js-client";
import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";
import type { TestDiarist } from "../stack/diarist.ts";

/** Sends these with tus-js-client, its own retries included, and gives the upload as the client knows it. */
export function sendWithTus(
  bytes: Buffer,
  { headers, ...options }: UploadOptions & { endpoint: string },
): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      retryDelays: [0, 100, 500, 1000, 3000, 5000],
      ...options,
      headers: { authorization: `Bearer ${DEV_API_KEY}`, ...headers },
      onError: reject,
      onSuccess: () => resolve(upload),
    });
    upload.start();
  });
}

/** A request in the words of tus. */
export function tus(
  diarist: TestDiarist,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  { body, key }: { body?: Uint8Array<ArrayBuffer> | ReadableStream | undefined; key?: string } = {},
): Promise<Response> {
  const init = {
    method,
    headers: { "tus-resumable": "1.0.0", ...headers },
    ...(body === undefined ? {} : { body, duplex: "half" }),
  };
  return diarist.call(path, init as RequestInit, key);
}

/** Begins an upload and gives its path. */
export async function begin(
  diarist: TestDiarist,
  bytes: number,
  headers: Record<string, string> = {},
  key?: string,
): Promise<string> {
  const answer = await tus(
    diarist,
    "POST",
    "/v1/uploads",
    { "upload-length": String(bytes), ...headers },
    key ? { key } : {},
  );
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
  return String(answer.headers.get("location"));
}

export function append(
  diarist: TestDiarist,
  path: string,
  offset: number,
  body: Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = "application/offset+octet-stream";
  return tus(
    diarist,
    "PATCH",
    path,
    { "upload-offset": String(offset), "content-type": type, ...headers },
    { body },
  );
}

/** What the server says is safe. */
export async function offsetOf(diarist: TestDiarist, path: string): Promise<number> {
  const answer = await tus(diarist, "HEAD", path);
  return answer.status === 200 ? Number(answer.headers.get("upload-offset")) : -answer.status;
}

export function metadata(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The hash of what lies in R2 for a finished upload, and the one that its row has. */
export async function storedHashes(diarist: TestDiarist, id: string): Promise<[string, string | null]> {
  const row = await diarist.stack.db
    .prepare("SELECT key, hash FROM uploads WHERE id = ? AND status <> 'receiving'")
    .bind(id)
    .first<{ key: string; hash: string }>();
  if (!row) throw new Error(`${id} is not stored`);
  const object = await diarist.stack.bucket.get(row.key);
  if (!object) throw new Error(`${row.key} is not in R2`);
  return [sha256(new Uint8Array(await object.arrayBuffer())), row.hash];
}
