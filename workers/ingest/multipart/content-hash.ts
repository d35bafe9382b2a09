import { sha256Hex } from "../../../shared/sha256.ts";
import { readForm } from "./form-body.ts";

/** The content of a streamed body, to compare a repeated request with the first. */
export type Content = {
  /** SHA-256, hex, of a recording; or of a form's fields and its recording's hash. */
  hash: string;
  /** SHA-256, hex, of the recording; null: the form has none. */
  recording: string | null;
  fields: [string, string][];
};

export async function readContent(request: Request): Promise<Content> {
  if (!isForm(request)) {
    const recording = await hashStream(request.body);
    return { hash: recording, recording, fields: [] };
  }
  let recording: string | null = null;
  const { fields } = await readForm(request, {
    async onFile({ body }) {
      recording = await hashStream(body);
    },
  });
  return { hash: await hashForm(fields, recording), recording, fields };
}

/** @param recording its SHA-256, hex; null: the form has none */
export async function hashForm(fields: [string, string][], recording: string | null): Promise<string> {
  return sha256Hex(JSON.stringify([fields, recording]));
}

function isForm(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.headers.get("content-type") ?? "");
}

/** Runs natively: the bytes do not pass through JavaScript. */
async function hashStream(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  await (body ?? new Blob([]).stream()).pipeTo(digest);
  return Buffer.from(await digest.digest).toString("hex");
}
