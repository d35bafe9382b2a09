import type { OpenAPIHono } from "@hono/zod-openapi";

type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

const PROBLEM = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

/** What access/require-key.ts does is documented with every route that needs a key. */
const OF_ALL = {
  401: { description: "No key, or one that is revoked, has expired or is not known", content: PROBLEM },
  403: { description: "The key's scopes do not allow this, or only the operator may", content: PROBLEM },
  429: {
    description: "The tenant's requests per minute are used up, or another limit of it",
    headers: {
      "Retry-After": { schema: { type: "integer" as const }, description: "Seconds." },
      RateLimit: { schema: { type: "string" as const } },
      "RateLimit-Policy": { schema: { type: "string" as const } },
    },
    content: PROBLEM,
  },
};
const OF_POST = {
  400: { description: "Refused", content: PROBLEM },
  409: {
    description: "The Idempotency-Key belongs to another request, or its first still runs",
    content: PROBLEM,
  },
};
const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header" as const,
  required: false,
  schema: { type: "string" as const, minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
  description: "The same request with the same key is run once and answered alike, for 24 hours.",
};

export function addCommon(document: Document): Document {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations)) {
      if (!operation.security?.length) continue;
      const isPost = method === "post";
      operation.responses = { ...OF_ALL, ...(isPost ? OF_POST : {}), ...operation.responses };
      if (isPost) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
    }
  }
  return document;
}
