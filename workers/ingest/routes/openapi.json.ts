import { OpenAPIHono } from "@hono/zod-openapi";
import { VERSION } from "../../../shared/version.ts";
import type { IngestApp } from "../app.ts";
import { addCommon } from "../openapi/document-common.ts";

/** The OpenAPI document of all routes of `app`. The page at /docs, a static asset, shows it. */
export function openapiDocument(app: OpenAPIHono<IngestApp>): OpenAPIHono<IngestApp> {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
  const router = new OpenAPIHono<IngestApp>();
  router.get("/openapi.json", (c) => {
    const document = app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Diarist",
        version: VERSION,
        description: "Recordings in, transcripts with speakers and times out.",
      },
      servers: [{ url: new URL(c.req.url).origin }],
    });
    return c.json(addCommon(document));
  });
  return router;
}
