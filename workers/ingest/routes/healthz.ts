import { createRoute, z } from "@hono/zod-openapi";
import { SPEECH_APIS } from "../../../shared/speech/provider.ts";
import { readGate } from "../../../shared/storage/gates.ts";
import { createRouter } from "../http/router.ts";
import { json } from "../openapi/schemas.ts";

export const healthz = createRouter();

const Health = z.object({
  status: z.literal("ok"),
  speech: z.object({
    api: z.enum(SPEECH_APIS).openapi({ description: "`stand-in`: a trial, which hears no real words." }),
    waiting_for: z.string().nullable().openapi({ description: "Why jobs wait for the speech API." }),
  }),
});

const read = createRoute({
  method: "get",
  path: "/healthz",
  tags: ["health"],
  summary: "Up, with its database; which speech API it has, and whether that keeps jobs waiting",
  responses: { 200: json("Up", Health) },
});

healthz.openapi(read, async (c) => {
  const gate = await readGate(c.env.DB, c.get("now")());
  const speech = { api: c.get("config").speechApi, waiting_for: gate?.reason ?? null };
  return c.json({ status: "ok" as const, speech }, 200);
});
