import fc from "fast-check";
import { type Document, follow, type Operation } from "./openapi-document.ts";

type Json = Record<string, unknown>;

/** A request as it is sent but for what stands in it for an id and for a recording. */
export type GeneratedRequest = {
  operation: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** Who sends it. */
  as: "tenant" | "other" | "operator" | "reader" | "nobody";
};

/** What stands for an id in a path until the request is sent. */
export const ID = "{id}";
/** What stands for a recording in a body until the request is sent. */
export const RECORDING = "{recording}";

/** Requests to this operation: as its document describes them, and broken in parts. */
export function requestsTo(
  name: string,
  operation: Operation,
  document: Document,
): fc.Arbitrary<GeneratedRequest> {
  const [method = "", path = ""] = name.split(" ");
  const parameters = (operation.parameters ?? []) as Parameter[];
  const named = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const values = (place: string) =>
    fc.record(
      Object.fromEntries(named(place).map((parameter) => [parameter.name, textFor(parameter, document)])),
      {
        requiredKeys: named(place)
          .filter(({ required }) => required)
          .map((parameter) => parameter.name),
      },
    );
  return fc
    .record({
      id: fc.oneof(
        { weight: 6, arbitrary: fc.constant(ID) },
        { weight: 1, arbitrary: fc.string({ minLength: 1 }) },
      ),
      query: values("query"),
      headers: values("header"),
      stray: fc.option(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.string()), { freq: 8 }),
      body: bodyOf(operation, document),
      as: fc.oneof(
        { weight: 8, arbitrary: fc.constant(callerOf(path)) },
        { weight: 2, arbitrary: fc.constantFrom("other", "operator", "reader", "nobody", "tenant") },
      ) as fc.Arbitrary<GeneratedRequest["as"]>,
    })
    .map(({ id, query, headers, stray, body, as }) => {
      const given = Object.entries(query as Record<string, string>).filter(([, value]) => value !== "null");
      const search = new URLSearchParams(given);
      if (stray) search.append(...stray);
      const filled = path.replaceAll(
        /\{\w+\}/g,
        id === ID ? ID : encodeURIComponent(id).replace(/^\.+$/, "%2E"),
      );
      return {
        operation: name,
        method,
        path: search.size > 0 ? `${filled}?${search}` : filled,
        headers: { ...onlyAscii(headers as Record<string, string>), ...body?.headers },
        body: method === "GET" || method === "DELETE" ? null : (body?.body ?? null),
        as,
      };
    });
}

type Parameter = { name: string; in: string; required?: boolean; schema?: Json };

function callerOf(path: string): GeneratedRequest["as"] {
  return /^\/v1\/(tenants|stats)/.test(path) ? "operator" : "tenant";
}

/** What HTTP can carry in a header. */
function onlyAscii(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, "").trim()]),
  );
}

function textFor({ name, schema = {} }: Parameter, document: Document): fc.Arbitrary<string> {
  // A wait is real time, and the upload's offset is mostly 0.
  if (name === "wait") return fc.constantFrom("0", "0.01", "-1", "x");
  if (name === "upload-offset") return fc.constantFrom("0", "0", "1", "x");
  const right = fromSchema(schema, document).map((value) =>
    typeof value === "string" ? value : JSON.stringify(value),
  );
  return fc.oneof({ weight: 5, arbitrary: right }, { weight: 1, arbitrary: fc.string() });
}

type Body = { headers: Record<string, string>; body: string };

function bodyOf({ requestBody }: Operation, document: Document): fc.Arbitrary<Body | null> {
  const kinds = Object.entries(requestBody?.content ?? {});
  if (kinds.length === 0) return fc.constant(null);
  const right = kinds.map(([type, { schema }]) => ofType(type, schema as Json, document));
  const wrong = fc.record({
    headers: fc.record({
      "content-type": fc.constantFrom("application/json", "text/plain", "multipart/form-data", ""),
    }),
    body: fc.oneof(fc.string(), fc.json(), fc.constant("{")),
  });
  return fc.oneof({ weight: 8, arbitrary: fc.oneof(...right) }, { weight: 2, arbitrary: wrong });
}

function ofType(type: string, schema: Json, document: Document): fc.Arbitrary<Body> {
  if (type === "application/json") {
    return fromSchema(schema, document).map((value) => ({
      headers: { "content-type": type },
      body: JSON.stringify(value),
    }));
  }
  if (type === "multipart/form-data") return fromSchema(schema, document).map(formOf);
  return fromSchema(schema, document).map((body) => ({
    headers: { "content-type": type.replace("*", "wav") },
    body: typeof body === "string" ? body : JSON.stringify(body),
  }));
}

function formOf(value: unknown): Body {
  const boundary = "a-boundary-of-the-tests";
  const said = Object.entries((value ?? {}) as Json).filter(([, field]) => field !== null);
  const parts = said.map(([name, field]) => {
    const filename = name === "file" ? '; filename="a.wav"' : "";
    const text = typeof field === "string" ? field : JSON.stringify(field);
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n\r\n${text}\r\n`;
  });
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return { headers, body: `${parts.join("")}--${boundary}--\r\n` };
}

/** Values that the schema allows; now and then one somewhere in it that it may not. */
function fromSchema(schema: Json, document: Document): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 30, arbitrary: allowed(schema, document) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function allowed(schema: Json, document: Document): fc.Arbitrary<unknown> {
  const next = (inner: unknown) => fromSchema((inner ?? {}) as Json, document);
  if (typeof schema["$ref"] === "string") return next(follow(document, schema["$ref"]));
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...schema["enum"]);
  if ("const" in schema) return fc.constant(schema["const"]);
  for (const choice of ["anyOf", "oneOf"]) {
    if (Array.isArray(schema[choice])) return fc.oneof(...schema[choice].map(next));
  }
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  return fc.oneof(...types.map((type) => ofJsonType(type, schema, next)));
}

function ofJsonType(
  type: unknown,
  schema: Json,
  next: (inner: unknown) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const number = (name: string, fallback: number) =>
    typeof schema[name] === "number" ? schema[name] : fallback;
  switch (type) {
    case "string":
      return textOf(schema, number("minLength", 0), number("maxLength", 30));
    case "integer":
      return fc.integer({ min: number("minimum", 0), max: Math.min(number("maximum", 1_000), 1e9) });
    case "number":
      return fc.double({ min: number("minimum", 0), max: number("maximum", 1_000), noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return (schema["uniqueItems"] ? fc.uniqueArray : fc.array)(next(schema["items"]), {
        minLength: number("minItems", 0),
        maxLength: Math.min(number("maxItems", 4), 4),
      });
    case "object": {
      const properties = (schema["properties"] ?? {}) as Json;
      const fields = Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, next(inner)]),
      );
      const requiredKeys = (schema["required"] ?? []) as string[];
      if (Object.keys(fields).length === 0) return fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue());
      return fc.record(fields, { requiredKeys });
    }
    default:
      return fc.jsonValue();
  }
}

function textOf(schema: Json, minLength: number, maxLength: number): fc.Arbitrary<string> {
  if (schema["format"] === "binary") return fc.oneof(fc.constant(RECORDING), fc.string());
  // Nothing is fetched from anywhere: a port without a listener, and addresses that are refused.
  if (schema["format"] === "uri")
    return fc.constantFrom(
      "http://127.0.0.1:9/a.wav",
      "http://127.0.0.1:9/",
      "https://10.0.0.1/",
      "ftp://x/y",
    );
  if (schema["format"] === "date-time")
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (schema["format"] === "date") {
    const date = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
    return date.map((one) => one.toISOString().slice(0, 10));
  }
  if (typeof schema["pattern"] === "string") return fc.stringMatching(new RegExp(schema["pattern"]));
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60) });
}
