import { createRoute, z } from "@hono/zod-openapi";
import { readGate } from "../../../shared/storage/gates.ts";
import { createRouter } from "../http/router.ts";
import { json } from "../openapi/schemas.ts";

export const healthz = createRouter();

const Health = z.object({
  status: z.literal("ok"),
  upstream: z.object({
    waiting_for: z.string().nullable().openapi({ description: "Why jobs wait for the speech API." }),
  }),
});

const read = createRoute({
  method: "get",
  path: "/healthz",
  tags: ["health"],
  summary: "Up, with its database; and whether the speech API keeps jobs waiting",
  responses: { 200: json("Up", Health) },
});

healthz.openapi(read, async (c) => {
  const gate = await readGate(c.env.DB, c.get("now")());
  return c.json({ status: "ok" as const, upstream: { waiting_for: gate?.reason ?? null } }, 200);
});
