import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { describeError, log } from "../../../shared/log.ts";
import { SettingMissingError } from "../../../shared/settings.ts";
import { StorageAwayError } from "../../../shared/storage/passing-error.ts";
import type { IngestApp } from "../app.ts";
import { problemOf, Refusal } from "./problem.ts";

const STORAGE_RETRY_SECONDS = "5";

/** The response to an error that a route threw. An error that is no refusal shows nothing of itself. */
export function answerError(error: unknown, c: Context<IngestApp>): Response {
  if (error instanceof Refusal) return answer(c, error);
  const requestId = c.get("requestId");
  log("request.failed", { request_id: requestId, path: c.req.routePath, error: describeError(error) });
  if (error instanceof SettingMissingError) {
    return answer(c, new Refusal("not_configured", "A setting is missing."));
  }
  if (error instanceof StorageAwayError) {
    const headers = { "retry-after": STORAGE_RETRY_SECONDS };
    return answer(
      c,
      new Refusal("storage_unavailable", "Storage failed, and still did when tried again.", [], { headers }),
    );
  }
  if (error instanceof HTTPException && error.status < 500) {
    return answer(c, new Refusal("invalid_json", error.message));
  }
  return answer(c, new Refusal("internal_error", "Something went wrong on our side."));
}

/** For a request that no route takes: 405 with `Allow` if the path has other methods (RFC 9110, 15.5.6), else 404. */
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

function answer(c: Context<IngestApp>, { code, message, errors, more }: Refusal): Response {
  const { status, title, action } = problemOf(code);
  const headers: Record<string, string> = { ...more.headers, "content-type": "application/problem+json" };
  if (status === 401) headers["www-authenticate"] = "Bearer";
  const body = {
    type: `${new URL(c.req.url).origin}/docs/errors#${code}`,
    title,
    status,
    detail: message,
    code,
    action,
    request_id: c.get("requestId"),
    ...(errors.length > 0 ? { errors } : {}),
    ...(more.limit ? { limit: more.limit } : {}),
  };
  return c.json(body, status as ContentfulStatusCode, headers); // 460 is tus's own
}
