import type { z } from "@hono/zod-openapi";
import { type FieldError, Refusal } from "./problem.ts";

/** Of a thousand wrong fields the first few tell enough. */
const SHOWN_ERRORS = 20;

/** What the schema makes of a body that was read by `readJson`. @throws Refusal that names each wrong field */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  refuseFields(
    parsed.error.issues.map(({ path, message }) => ({ field: path.join(".") || "body", message })),
  );
}

export function refuseFields(errors: FieldError[]): never {
  const shown = errors.slice(0, SHOWN_ERRORS);
  const detail = shown.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new Refusal("invalid_params", detail, shown);
}
