import { createRoute, z } from "@hono/zod-openapi";
import {
  type RetentionDays,
  readRetentionDefaults,
  saveRetentionDefaults,
} from "../../../../../shared/storage/retention.ts";
import { findTenant } from "../../../access/find-tenant.ts";
import { requireKey } from "../../../access/require-key.ts";
import { createRouter } from "../../../http/router.ts";
import { JobOptionFields } from "../../../jobs/job-options.ts";
import { json, problems } from "../../../openapi/schemas.ts";

export const retention = createRouter();

const { retain_audio_days, retain_transcript_days } = JobOptionFields.shape;
const Defaults = z.strictObject({ retain_audio_days, retain_transcript_days }).openapi("RetentionDefaults");
const path = "/v1/tenants/{id}/retention";
const params = z.object({ id: z.string() });
const security = [{ key: [] }];

const read = createRoute({
  method: "get",
  path,
  tags: ["operator"],
  summary: "How long a tenant's jobs are kept when they do not say",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 200: json("The defaults", Defaults), ...problems(404) },
});

retention.openapi(read, async (c) => {
  const { id } = await findTenant(c.env.DB, c.req.valid("param").id);
  return c.json(show(await readRetentionDefaults(c.env.DB, id)), 200);
});

const save = createRoute({
  method: "put",
  path,
  tags: ["operator"],
  summary: "Set how long a tenant's jobs are kept when they do not say; for jobs from now on",
  security,
  middleware: [requireKey] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: Defaults } } } },
  responses: { 200: json("The defaults", Defaults), ...problems(400, 404, 422) },
});

retention.openapi(save, async (c) => {
  const { id } = await findTenant(c.env.DB, c.req.valid("param").id);
  const { retain_audio_days: audioDays, retain_transcript_days: transcriptDays } = c.req.valid("json");
  await saveRetentionDefaults(c.env.DB, id, { audioDays, transcriptDays });
  return c.json(show({ audioDays, transcriptDays }), 200);
});

function show({ audioDays, transcriptDays }: RetentionDays) {
  return { retain_audio_days: audioDays, retain_transcript_days: transcriptDays };
}
