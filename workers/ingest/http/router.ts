import { OpenAPIHono } from "@hono/zod-openapi";
import type { IngestApp } from "../app.ts";
import { fieldErrors, refuseFields } from "./refuse-fields.ts";

/** A router for one resource. Fields that fail validation are refused like all others. */
export function createRouter(): OpenAPIHono<IngestApp> {
  return new OpenAPIHono<IngestApp>({
    defaultHook: (result) => {
      if (!result.success) throw refuseFields(fieldErrors(result.error));
    },
  });
}
