import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import ingest from "../../workers/ingest/index.ts";
import { ROOT } from "../root.ts";

/**
 * Writes client/api.ts, the API as TypeScript types in the form that openapi-fetch reads, from the OpenAPI document
 * that ingest serves. openapi-typescript does the same but runs on TypeScript 5 only (docs/decisions/010-client.md).
 */

const FILE = join(ROOT, "client", "api.ts");
const HEAD = `// Written by \`npm run client-types\` from the OpenAPI document. Do not edit.\n`;

type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Content = Record<string, { schema?: Schema }>;
type Operation = {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema; description?: string }[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** The document as ingest serves it. */
export async function readDocument(): Promise<Document> {
  const settings = { SIGNING_KEY: "-", OPERATOR_KEY: "-", PUBLIC_BASE_URL: "https://diarist.example.com" };
  // The document asks neither database nor bucket.
  const env = { ...settings, DB: {}, BUCKET: {} } as unknown as Cloudflare.IngestEnv;
  const answer = await ingest.fetch(new Request("https://diarist.example.com/openapi.json"), env);
  return answer.json();
}

/** The source text of client/api.ts. */
export function writeTypes({ paths, components }: Document): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    field(name, typeOf(schema), true),
  );
  const routes = Object.entries(paths).map(([path, operations]) => {
    const methods = Object.entries(operations).map(([method, operation]) =>
      field(method, typeOfOperation(operation), true, operation.summary),
    );
    return field(path, object(methods), true);
  });
  const text = [
    HEAD,
    `export interface components {\n${field("schemas", object(schemas), true)}\n}\n`,
    `export interface paths {\n${routes.join("\n")}\n}`,
  ].join("\n");
  return `${indent(text)}\n`;
}

function typeOfOperation({ parameters = [], requestBody, responses }: Operation): string {
  const places = ["query", "header", "path", "cookie"].map((place) => {
    const here = parameters.filter((parameter) => parameter.in === place);
    if (here.length === 0) return field(place, "never", false);
    const fields = here.map((it) =>
      field(it.name, typeOf(it.schema ?? {}), it.required === true, it.description),
    );
    return field(
      place,
      object(fields),
      here.some((it) => it.required),
    );
  });
  const answers = Object.entries(responses).map(([status, { content }]) =>
    field(
      status,
      object([field("content", content ? typeOfContent(content) : "never", content !== undefined)]),
      true,
    ),
  );
  return object([
    field("parameters", object(places), true),
    ...(requestBody
      ? [
          field(
            "requestBody",
            object([field("content", typeOfContent(requestBody.content), true)]),
            requestBody.required === true,
          ),
        ]
      : [field("requestBody", "never", false)]),
    field("responses", object(answers), true),
  ]);
}

function typeOfContent(content: Content): string {
  return object(Object.entries(content).map(([type, { schema = {} }]) => field(type, typeOf(schema), true)));
}

/** @throws Error for a kind of schema that this does not know: better no types than wrong ones. */
function typeOf(schema: Schema): string {
  if (schema.$ref) return `components["schemas"][${JSON.stringify(schema.$ref.split("/").at(-1))}]`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return several.map((one) => parenthesised(typeOf(one))).join(" | ");
  if (schema.allOf) return schema.allOf.map((one) => parenthesised(typeOf(one))).join(" & ");
  if (schema.type === undefined) return "unknown";
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => typeOfKind(type, schema)).join(" | ");
}

function typeOfKind(type: string, schema: Schema): string {
  switch (type) {
    case "null":
    case "boolean":
    case "number":
      return type;
    case "integer":
      return "number";
    case "string":
      return schema.format === "binary" ? "Blob | string" : "string";
    case "array":
      return `${parenthesised(typeOf(schema.items ?? {}))}[]`;
    case "object":
      return typeOfObject(schema);
    default:
      throw new Error(`client/api.ts: no type for ${type}`);
  }
}

function typeOfObject({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) =>
    field(name, typeOf(schema), required.includes(name), schema.description),
  );
  const rest = typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown";
  // Named fields and others beside them: an index signature has to cover both.
  if (additionalProperties) fields.push(`[key: string]: ${fields.length > 0 ? "unknown" : rest};`);
  return fields.length > 0 ? object(fields) : "Record<string, unknown>";
}

function field(name: string, type: string, required: boolean, description?: string): string {
  const key = /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
  const comment = description ? `/** ${description.replaceAll("*/", "*\\/")} */\n` : "";
  return `${comment}${key}${required ? "" : "?"}: ${type};`;
}

function object(fields: string[]): string {
  return `{\n${fields.join("\n")}\n}`;
}

function parenthesised(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}

/** Two spaces for every open brace. */
function indent(text: string): string {
  let depth = 0;
  return text
    .split("\n")
    .map((line) => {
      const isComment = line.startsWith("/");
      if (!isComment && line.startsWith("}")) depth--;
      const indented = line === "" ? "" : "  ".repeat(depth) + line;
      if (!isComment && line.endsWith("{")) depth++;
      return indented;
    })
    .join("\n");
}

if (import.meta.main) await writeFile(FILE, writeTypes(await readDocument()));
