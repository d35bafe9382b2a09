import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";
import type { ShownJob, TestDiarist } from "../stack/diarist.ts";

/** POST /v1/jobs with a form; the parts keep their order. */
export function sendForm(
  diarist: TestDiarist,
  parts: [name: string, value: string | Blob][],
  key?: string,
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return diarist.call("/v1/jobs", { method: "POST", body: form }, key);
}

/** POST /v1/jobs with the recording itself. */
export function sendRaw(
  diarist: TestDiarist,
  body: Uint8Array<ArrayBuffer>,
  { type = "audio/wav", query = "", key }: { type?: string; query?: string; key?: string } = {},
): Promise<Response> {
  const init = { method: "POST", body, headers: { "content-type": type } };
  return diarist.call(`/v1/jobs${query}`, init, key);
}

/** POST /v1/jobs with JSON. */
export function sendJson(diarist: TestDiarist, value: unknown, key?: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return diarist.call("/v1/jobs", { method: "POST", body: JSON.stringify(value), headers }, key);
}

/** POST /v1/jobs with a recording of unknown length: in chunks, without Content-Length. */
export async function sendChunked(
  diarist: TestDiarist,
  body: Readable,
  { type = "audio/wav", query = "" } = {},
): Promise<Response> {
  const request = httpRequest(`${diarist.url}/v1/jobs${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${DEV_API_KEY}`, "content-type": type },
  });
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  await pipeline(body, request);
  const [message] = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return new Response(Buffer.concat(chunks), { status: message.statusCode ?? 0 });
}

/** The job that was accepted. @throws when the request was refused, with what was said */
export async function accepted(sent: Promise<Response>): Promise<ShownJob> {
  const response = await sent;
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as ShownJob;
}

export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text));
}
