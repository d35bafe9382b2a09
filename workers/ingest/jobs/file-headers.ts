import { z } from "@hono/zod-openapi";
import {
  MAX_FILE_HEADER_NAME_CHARACTERS,
  MAX_FILE_HEADER_VALUE_CHARACTERS,
  MAX_FILE_HEADERS,
  MAX_FILE_HEADERS_CHARACTERS,
} from "../../../shared/limits.ts";
import { fieldErrors, refuseFields } from "../http/refuse-fields.ts";

/** A header's name (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Without control characters, and so without line ends, a value cannot add another header. */
const PRINTABLE = /^[\t\x20-\x7e]*$/;
/** Set by us or by the connection: they say where a message ends, who gets it, and which bytes of the file we want. */
const OURS = new Set(
  (
    "host content-length content-encoding transfer-encoding connection keep-alive upgrade te trailer expect " +
    "proxy-connection proxy-authorization proxy-authenticate range if-range if-match if-none-match " +
    "if-modified-since if-unmodified-since accept-encoding cdn-loop"
  ).split(" "),
);

/** `file_headers`: sent to the server of the `file` URL and to no other. */
export const FileHeaders = z
  .record(z.string(), z.string().max(MAX_FILE_HEADER_VALUE_CHARACTERS))
  .superRefine((headers, context) => {
    const names = Object.keys(headers);
    const refuse = (message: string, name?: string) =>
      context.addIssue({ code: "custom", message, path: name === undefined ? [] : [name.slice(0, 100)] });
    if (names.length > MAX_FILE_HEADERS) refuse(`must be at most ${MAX_FILE_HEADERS} headers`);
    if (Object.entries(headers).flat().join("").length > MAX_FILE_HEADERS_CHARACTERS) {
      refuse(`must have at most ${MAX_FILE_HEADERS_CHARACTERS} characters in all`);
    }
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(headers)) {
      const lower = name.toLowerCase();
      if (!TOKEN.test(name)) refuse("is not the name of a header", name);
      else if (name.length > MAX_FILE_HEADER_NAME_CHARACTERS) {
        refuse(`must have a name of at most ${MAX_FILE_HEADER_NAME_CHARACTERS} characters`, name);
      } else if (OURS.has(lower)) refuse("cannot be set: Diarist or the connection sets it", name);
      else if (seen.has(lower)) refuse("comes twice", name);
      if (!PRINTABLE.test(value)) refuse("must be printable ASCII without line ends", name);
      seen.add(lower);
    }
  })
  .openapi({
    type: "object",
    additionalProperties: { type: "string" },
    description: `Headers for the server of the \`file\` URL, such as Authorization; at most ${MAX_FILE_HEADERS}. Kept encrypted until the file is here, shown nowhere, sent to no other server.`,
  });

export type FileHeaders = z.infer<typeof FileHeaders>;

/**
 * The checked headers, null when there are none.
 * @throws Refusal that names each wrong header; it never repeats a value
 */
export function parseFileHeaders(input: unknown): FileHeaders | null {
  if (input === undefined || input === null) return null;
  const parsed = FileHeaders.safeParse(input);
  if (!parsed.success) throw refuseFields(fieldErrors(parsed.error, ["file_headers"]));
  return Object.keys(parsed.data).length > 0 ? parsed.data : null;
}
