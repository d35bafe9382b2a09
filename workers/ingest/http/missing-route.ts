import type { Context } from "hono";
import type { IngestApp } from "../app.ts";
import { answerError, Refusal } from "./problem.ts";

/** Answers what no route takes: 405 with `Allow` where the path takes other methods (RFC 9110, 15.5.6), else 404. */
export function answerMissing(c: Context<IngestApp>, routes: { method: string; path: string }[]): Response {
  const { method, path } = c.req;
  const methods = routes
    .filter((route) => route.method !== "ALL" && patternOf(route.path).test(path))
    .map((route) => route.method);
  if (methods.length === 0) return answerError(new Refusal("not_found", `There is no ${method} ${path}.`), c);
  const allowed = [...new Set(methods)].sort().join(", ");
  c.header("allow", allowed);
  return answerError(new Refusal("method_not_allowed", `${path} takes ${allowed}, not ${method}.`), c);
}

/** `/v1/jobs/:id` as a pattern. */
function patternOf(route: string): RegExp {
  return new RegExp(`^${route.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`);
}
