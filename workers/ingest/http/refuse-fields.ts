import type { z } from "@hono/zod-openapi";
import { type FieldError, Refusal } from "./problem.ts";

/** More would not help the sender. */
const MAX_ERRORS = 20;

/** The refusal of a request with these wrong fields: `field: message; field: message`. */
export function refuseFields(errors: FieldError[]): Refusal {
  const shown = errors.slice(0, MAX_ERRORS);
  const detail = shown.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return new Refusal("invalid_params", detail, shown);
}

/** @throws Refusal that names each field that does not fit the schema */
export function parseFields<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw refuseFields(fieldErrors(parsed.error));
  return parsed.data;
}

/** @param parent of the fields, if they are those of another field */
export function fieldErrors({ issues }: Pick<z.ZodError, "issues">, parent: string[] = []): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = [...parent, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ field: [...path, key].join("."), message: "is not a known field" }));
    }
    return [{ field: path.join(".") || "body", message: issue.message }];
  });
}
