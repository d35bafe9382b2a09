import type { OpenAPIHono } from "@hono/zod-openapi";
import { VERSION } from "../../../shared/version.ts";
import type { IngestApp } from "../app.ts";
import { addCommon } from "../openapi/document-common.ts";

/** `/openapi.json`, generated from the schemas that validate. The page at /docs is a static asset that shows it. */
export function docs(app: OpenAPIHono<IngestApp>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
  app.get("/openapi.json", (c) => {
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
}
