import { OpenAPIHono } from "@hono/zod-openapi";
import type { IngestApp } from "../app.ts";
import { Refusal } from "./problem.ts";

/** A router for one resource: what fails validation is refused like anything else. */
export function createRouter(): OpenAPIHono<IngestApp> {
  return new OpenAPIHono<IngestApp>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues.map((issue) => ({
        field: issue.path.join(".") || "body",
        message: issue.message,
      }));
      const detail = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
      throw new Refusal("invalid_params", detail, errors);
    },
  });
}
