import { z } from "zod";

type Json = { [key: string]: unknown };

export type Operation = {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema?: unknown }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema: Json }> }>;
};

export type Document = {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Record<string, Json> };
};

/** Every operation of the document, as `GET /v1/jobs/{id}`. */
export function operationsOf(document: Document): Map<string, Operation> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
  return new Map(operations);
}

/** Every `$ref` anywhere in the document. */
export function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (!isObject(value)) return [];
  const own = typeof value["$ref"] === "string" ? [value["$ref"]] : [];
  return [...own, ...Object.values(value).flatMap(refsIn)];
}

/** What a `$ref` such as `#/components/schemas/Job` leads to. */
export function follow(document: Document, ref: string): unknown {
  const steps = ref.replace(/^#\//, "").split("/");
  return steps.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), document);
}

/**
 * What a value has wrong against a schema of the document, as sentences. A property that the schema does not name is
 * wrong, too, unless the schema says that there may be others: what we answer is to be documented.
 */
export function problemsOf(value: unknown, schema: Json, document: Document): string[] {
  const whole = { ...schema, $defs: document.components.schemas };
  const text = JSON.stringify(close(whole)).replaceAll("#/components/schemas/", "#/$defs/");
  const result = z.fromJSONSchema(JSON.parse(text)).safeParse(value);
  return result.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}

function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (!isObject(schema)) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  const isClosable = isObject(schema["properties"]) && schema["type"] === "object";
  return isClosable ? { additionalProperties: false, ...closed } : closed;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
