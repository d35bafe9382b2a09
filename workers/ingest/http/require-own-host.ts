import { createMiddleware } from "hono/factory";
import { isLoopback } from "../../../shared/settings.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "./problem.ts";

/**
 * Under `npm start` only, where the key is known to all: refuses names that somebody has pointed at this machine (DNS
 * rebinding), under which any web page could use it. In a deployment the platform routes by host.
 */
export const requireOwnHost = createMiddleware<IngestApp>(async (c, next) => {
  const { allowLocal, baseUrl, mediaBaseUrl } = c.get("config");
  if (allowLocal) {
    const url = `http://${c.req.header("host") ?? new URL(c.req.url).host}`;
    const own = [baseUrl, mediaBaseUrl].map((one) => new URL(one).host);
    const isOwn = URL.canParse(url) && (isLoopback(url) || own.includes(new URL(url).host));
    if (!isOwn) throw new Refusal("wrong_host", "This Host is no name of this machine.");
  }
  await next();
});
