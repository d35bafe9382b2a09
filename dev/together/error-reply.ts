import { jsonReply, type Reply } from "../stand-in/reply.ts";
import { errorBody } from "./errors.ts";
import type { Flags } from "./settings.ts";

/** A page as Cloudflare's edge writes it when the request never reached, or never came back from, the API. */
export function edgeReply(status: number, title: string): Reply {
  const heading = `${status} ${title}`;
  const body = `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body, outcome: "edge" };
}

/** A refusal in the shape the flags ask for; only `request_too_large` has an HTML form. */
export function errorReply(
  error: { slug: string; status: number; message: string },
  ray: string,
  flags: Pick<Flags, "slug_place" | "rate_limit_shape" | "request_too_large_shape">,
): Reply {
  const { slug, status, message } = error;
  if (slug === "request_too_large" && flags.request_too_large_shape === "html") {
    return { ...edgeReply(413, "Request Entity Too Large"), outcome: slug };
  }
  return jsonReply(status, errorBody(slug, message, ray, flags), slug);
}
