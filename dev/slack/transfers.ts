/** Bytes: private downloads with their redirect, and the address an upload is sent to. */

import { createHmac } from "node:crypto";
import { textReply } from "../stand-in/reply.ts";
import type { Call } from "./calls.ts";
import { type Asked, type Reply, redirectReply, signInPage } from "./http.ts";
import { canSee } from "./methods/files.ts";
import type { Slack } from "./slack.ts";
import type { Install, StoredFile } from "./workspace.ts";

/** `/files-pri/T…-F…/download/name`: a client that may not have the file gets a sign-in page, not an error. */
export function answerDownload(slack: Slack, asked: Asked, install: Install | undefined): Reply {
  const file = fileAt(slack, asked.url);
  if (file === undefined) return textReply(404, "not found", "file_not_found");
  if (!mayRead(slack, install, file)) return signInPage();
  const { download_redirect } = slack.control.settings();
  if (download_redirect === "none") return bytesReply(file, asked);
  const target = new URL(asked.url.pathname.replace("/files-pri/", "/cdn/"), slack.urls().cdn);
  if (download_redirect === "signed") target.searchParams.set("sig", signatureOf(slack, file));
  return redirectReply(target.href, "redirect");
}

/** The other host. A signed address needs no token, and one that is sent all the same went to a stranger. */
export function answerCdn(slack: Slack, asked: Asked, call: Call, install: Install | undefined): Reply {
  const file = fileAt(slack, asked.url);
  if (file === undefined) return textReply(404, "not found", "file_not_found");
  const signature = asked.url.searchParams.get("sig");
  if (signature !== null) {
    if (asked.token !== undefined) call.messages.push("the token was sent to a host that needs none");
    if (signature === signatureOf(slack, file)) return bytesReply(file, asked);
    return textReply(403, "bad signature", "bad_signature");
  }
  return mayRead(slack, install, file) ? bytesReply(file, asked) : signInPage();
}

/** `/upload/v1/{ticket}`: the bytes as they are, or as the only file of a form. */
export async function answerUpload({ workspace }: Slack, asked: Asked, call: Call): Promise<Reply> {
  const upload = workspace.uploads.get(asked.url.pathname.split("/").at(-1) ?? "");
  if (upload === undefined || upload.is_completed) return textReply(404, "no such upload", "file_not_found");
  call.team = upload.team;
  const bytes = await readUpload(asked);
  if (bytes.length !== upload.length) {
    return textReply(400, `expected ${upload.length} bytes, got ${bytes.length}`, "wrong_length");
  }
  upload.bytes = bytes;
  return textReply(200, `OK - ${bytes.length}`);
}

async function readUpload({ headers, body }: Asked): Promise<Uint8Array> {
  const type = headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return body;
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  const file = [...form.values()].find((value) => typeof value !== "string");
  return file === undefined ? body : new Uint8Array(await file.arrayBuffer());
}

function fileAt({ workspace }: Slack, { pathname }: URL): StoredFile | undefined {
  const file = workspace.files.get(/^\/(?:files-pri|cdn)\/T\w+-(F\w+)\//.exec(pathname)?.[1] ?? "");
  return file?.is_deleted ? undefined : file;
}

function mayRead({ workspace }: Slack, install: Install | undefined, file: StoredFile): boolean {
  if (install === undefined || install.ended !== undefined) return false;
  return install.scopes.includes("files:read") && canSee(workspace, install, file);
}

function bytesReply({ bytes, facts }: StoredFile, { headers }: Asked): Reply {
  const shared = { "content-type": facts.mimetype, "accept-ranges": "bytes", etag: `"${facts.id}"` };
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
  if (range === null) return { status: 200, headers: shared, body: bytes, outcome: "ok" };
  const from = Number(range[1]);
  const to = range[2] === "" ? bytes.length - 1 : Math.min(Number(range[2]), bytes.length - 1);
  const contentRange = from > to ? `bytes */${bytes.length}` : `bytes ${from}-${to}/${bytes.length}`;
  const body = from > to ? "" : bytes.subarray(from, to + 1);
  return {
    status: from > to ? 416 : 206,
    headers: { ...shared, "content-range": contentRange },
    body,
    outcome: "ok",
  };
}

function signatureOf({ app }: Slack, { id }: StoredFile): string {
  return createHmac("sha256", app.signing_secret).update(`cdn:${id}`).digest("hex").slice(0, 32);
}
