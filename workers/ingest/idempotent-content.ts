import { readForm } from "./form-body.ts";

/**
 * What a streamed body holds, as one SHA-256, hex: of a recording its own, of a form that of its fields and of the
 * recording's, and these fields. It is known when the body has been read, and compared when the request comes again.
 */
export async function readContent(request: Request): Promise<{ hash: string; fields: [string, string][] }> {
  if (!isForm(request)) return { hash: await hashStream(request.body), fields: [] };
  let file: string | null = null;
  const { fields } = await readForm(request, {
    async onFile({ body }) {
      file = await hashStream(body);
    },
  });
  return { hash: await hashForm(fields, file), fields };
}

/** @param file SHA-256 of the form's recording, hex; null: it has none */
export async function hashForm(fields: [string, string][], file: string | null): Promise<string> {
  return hashText(JSON.stringify([fields, file]));
}

export async function hashText(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex");
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
