import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Upload } from "../../../shared/storage/uploads.ts";
import { requireKey } from "../access/require-key.ts";
import { depsOf, type IngestApp } from "../app.ts";
import { outliveClient } from "../http/outlive-client.ts";
import { Refusal } from "../http/problem.ts";
import { readJson } from "../http/read-body.ts";
import { parseFields } from "../http/refuse-fields.ts";
import { createRouter } from "../http/router.ts";
import { json, problems } from "../openapi/schemas.ts";
import { createUpload } from "../uploads/create-upload.ts";
import {
  beginDirect,
  CompleteRequest,
  completeDirect,
  DIRECT_PART_BYTES,
  DirectRequest,
} from "../uploads/direct.ts";
import { finalizeUpload } from "../uploads/finalize-upload.ts";
import { receiveChunk, requireChunkType } from "../uploads/receive-chunk.ts";
import { DirectUploadSchema, showUpload, UploadSchema, uploadHeaders } from "../uploads/show-upload.ts";
import { removeUpload } from "../uploads/sweep-uploads.ts";
import { findUpload } from "../uploads/take-upload.ts";
import { CHUNK_TYPE, readCount, requireTus } from "../uploads/tus.ts";

/** Resumable uploads by tus 1.0.0, and the same uploads as JSON. See docs/uploads.md. */
export const uploads = createRouter();

const tags = ["uploads"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });
const chunk = { [CHUNK_TYPE]: { schema: z.string().openapi({ format: "binary" }) } };
const tus = { "tus-resumable": z.literal("1.0.0") };
const count = z.string().openapi({ description: "Bytes." });
const creation = z.object({
  ...tus,
  "upload-length": count.optional(),
  "upload-defer-length": z.literal("1").optional(),
  "upload-metadata": z.string().optional().openapi({
    description:
      "`key base64` pairs: `filename`, `filetype`, and `diarist`, whose value is the options of a job as JSON (empty: the defaults): then the upload becomes a job with its last byte.",
  }),
  "upload-checksum": z.string().optional(),
});

// Routes that take bytes are registered by hand: validation would read the whole body into memory.
const { openAPIRegistry: registry } = uploads;
registry.registerPath({
  method: "post",
  path: "/v1/uploads",
  tags,
  summary: "Begin a resumable upload (tus 1.0.0)",
  description:
    "May carry the first bytes. With JSON in place of tus's headers: URLs to put the parts straight into R2.",
  security,
  request: {
    headers: creation,
    body: { required: false, content: { ...chunk, "application/json": { schema: DirectRequest } } },
  },
  responses: {
    201: json("Begun; `Location` is the upload's. The body is for direct ones", DirectUploadSchema),
    ...problems(400, 412, 413, 415, 422, 423, 503),
  },
});

uploads.post("/v1/uploads", requireKey, async (c, next) => {
  if (c.req.header("content-type")?.split(";")[0]?.trim() !== "application/json") return next();
  const { upload, parts } = await beginDirect(c, parseFields(DirectRequest, await readJson(c)));
  const location = `/v1/uploads/${upload.id}`;
  return c.json({ ...showUpload(upload), part_bytes: DIRECT_PART_BYTES, parts }, 201, { location });
});

uploads.post("/v1/uploads", requireTus, async (c) => {
  const hasBody = c.req.header("content-type") !== undefined;
  if (hasBody) requireChunkType(c);
  const created = await createUpload(c);
  const upload = hasBody ? await receive(c, created, 0) : created;
  return c.body(null, 201, { ...uploadHeaders(upload), location: `/v1/uploads/${created.id}` });
});

const read = createRoute({
  method: "get",
  path: "/v1/uploads/{id}",
  tags,
  summary: "Read an upload",
  description: "HEAD, with Tus-Resumable, gives the same in tus's headers.",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 200: json("The upload", UploadSchema), ...problems(404, 410, 412) },
});

uploads.openapi(read, async (c) => {
  if (c.req.method === "HEAD") await requireTus(c, async () => {});
  const upload = await finalizeUpload(depsOf(c), await find(c, c.req.valid("param").id));
  return c.json(showUpload(upload), 200, uploadHeaders(upload));
});

registry.registerPath({
  method: "patch",
  path: "/v1/uploads/{id}",
  tags,
  summary: "Append bytes to an upload",
  description: "The answer to the last ones names the job, if the upload became one, as `Diarist-Job`.",
  security,
  request: {
    params,
    headers: z.object({
      ...tus,
      "upload-offset": count,
      "upload-checksum": z
        .string()
        .optional()
        .openapi({ description: "`sha1`, `sha256` or `md5`, and base64." }),
      "upload-length": count.optional(),
    }),
    body: { required: true, content: chunk },
  },
  responses: {
    204: { description: "Kept; `Upload-Offset` is the new one" },
    ...problems(400, 404, 409, 410, 412, 413, 415, 423, 460),
  },
});

uploads.patch("/v1/uploads/:id", requireKey, requireTus, (c) => append(c));

const remove = createRoute({
  method: "delete",
  path: "/v1/uploads/{id}",
  tags,
  summary: "Give an upload up, and remove its bytes",
  security,
  middleware: [requireKey, requireTus] as const,
  request: { params, headers: z.object(tus) },
  responses: { 204: { description: "Removed" }, ...problems(404, 409, 410, 412) },
});

uploads.openapi(remove, (c) => terminate(c));

registry.registerPath({
  method: "post",
  path: "/v1/uploads/{id}",
  tags,
  summary: "PATCH or DELETE from where only POST is possible",
  security,
  request: {
    params,
    headers: z.object({ ...tus, "x-http-method-override": z.enum(["PATCH", "DELETE"]) }),
    body: { required: false, content: chunk },
  },
  responses: {
    204: { description: "As the method that is named" },
    ...problems(400, 404, 409, 410, 412, 413, 415, 423, 460),
  },
});

uploads.post("/v1/uploads/:id", requireKey, requireTus, (c) => {
  const method = c.req.header("x-http-method-override")?.toUpperCase();
  if (method === "PATCH") return append(c);
  if (method === "DELETE") return terminate(c);
  throw new Refusal("invalid_upload", "X-HTTP-Method-Override must be PATCH or DELETE.");
});

registry.registerPath({
  method: "post",
  path: "/v1/uploads/{id}/complete",
  tags,
  summary: "Put the parts of a direct upload together",
  security,
  request: {
    params,
    body: { required: true, content: { "application/json": { schema: CompleteRequest } } },
  },
  responses: {
    204: { description: "Whole; `Diarist-Job` names the job, if it became one" },
    ...problems(400, 404, 409, 410, 422, 423),
  },
});

uploads.post("/v1/uploads/:id/complete", requireKey, async (c) => {
  const upload = await find(c, c.req.param("id"));
  const completed = await completeDirect(c, upload, parseFields(CompleteRequest, await readJson(c)));
  return c.body(null, 204, uploadHeaders(completed));
});

async function append(c: Context<IngestApp>): Promise<Response> {
  requireChunkType(c);
  const offset = readCount("Upload-Offset", c.req.header("upload-offset"));
  if (offset === null) throw new Refusal("invalid_upload", "There is no Upload-Offset header.");
  const upload = await receive(c, await find(c, c.req.param("id") ?? ""), offset);
  return c.body(null, 204, uploadHeaders(upload));
}

async function terminate(c: Context<IngestApp>): Promise<Response> {
  const upload = await find(c, c.req.param("id") ?? "");
  if (upload.status === "used") {
    throw new Refusal("upload_used", `Its bytes are those of ${upload.jobId}; delete the job.`);
  }
  await removeUpload(depsOf(c), upload);
  return c.body(null, 204);
}

function find(c: Context<IngestApp>, id: string): Promise<Upload> {
  return findUpload(c.env.DB, c.get("key").tenantId, id, c.get("now")());
}

function receive(c: Context<IngestApp>, upload: Upload, offset: number): Promise<Upload> {
  return outliveClient(c, receiveChunk(c, upload, offset));
}
