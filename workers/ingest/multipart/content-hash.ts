import { sha256Hex } from "../../../shared/sha256.ts";
import { readForm } from "./form-body.ts";

/** What a streamed body holds. It is known when the body has been read, and compared when the request comes again. */
export type Content = {
  /** SHA-256, hex: of a recording its own, of a form that of its fields and of the recording's. */
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

/** Natively: no JavaScript touches the bytes. */
async function hashStream(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  await (body ?? new Blob([]).stream()).pipeTo(digest);
  return Buffer.from(await digest.digest).toString("hex");
}
