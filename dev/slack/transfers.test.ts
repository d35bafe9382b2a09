// Bytes in and out: the redirect to another host, the sign-in page in place of a file, uploads that are not whole.

import { expect, test } from "vitest";
import { startInstalled } from "./testing/harness.ts";

const bytes = new TextEncoder().encode("RIFF....WAVE");

async function shareWav(standIn: Awaited<ReturnType<typeof startInstalled>>["standIn"], channel = "general") {
  const { file } = standIn.userActions.shareFile({ channel, file: { name: "Stand up.wav", bytes } });
  return file;
}

test("a download is redirected to a host that wants no token", async () => {
  const { standIn, api, url, token } = await startInstalled();
  const { id } = await shareWav(standIn);
  const { url_private_download: address = "" } = (await api.files.info({ file: id })).file ?? {};
  const first = await fetch(address, { headers: { authorization: `Bearer ${token}` }, redirect: "manual" });
  expect(first.status).toBe(302);
  const target = new URL(first.headers.get("location") ?? "");
  expect(target.host).not.toBe(url.host);
  const second = await fetch(target);
  expect(second.headers.get("content-type")).toBe("audio/wav");
  expect(new Uint8Array(await second.arrayBuffer())).toEqual(bytes);

  await fetch(target, { headers: { authorization: `Bearer ${token}` } });
  expect(standIn.calls().at(-1)?.messages).toEqual(["the token was sent to a host that needs none"]);
});

test("a redirect that wants the token again answers those who lost it with a page", async () => {
  const { standIn, api, token } = await startInstalled({ settings: { download_redirect: "token" } });
  const { id } = await shareWav(standIn);
  const address = (await api.files.info({ file: id })).file?.url_private_download ?? "";
  const headers = { authorization: `Bearer ${token}` };
  const lost = await fetch(address, { headers }); // fetch drops the token on its way to another host
  expect(lost.headers.get("content-type")).toContain("text/html");
  const { headers: answered } = await fetch(address, { headers, redirect: "manual" });
  const kept = await fetch(answered.get("location") ?? "", { headers });
  expect(new Uint8Array(await kept.arrayBuffer())).toEqual(bytes);
});

test("a client that may not have a file gets a page with status 200", async () => {
  const { standIn, token, url } = await startInstalled({ settings: { download_redirect: "none" } });
  const seen = await shareWav(standIn);
  const hidden = await shareWav(standIn, "board");
  const get = async (id: string, headers: Record<string, string> = {}) => {
    const team = standIn.state().teams[0]?.id;
    const response = await fetch(new URL(`/files-pri/${team}-${id}/download/a.wav`, url), { headers });
    return [response.status, (await response.text()).slice(0, 15)];
  };
  const page = [200, "<!DOCTYPE html>"];
  expect(await get(seen.id)).toEqual(page);
  expect(await get(seen.id, { authorization: "Bearer xoxb-made-up" })).toEqual(page);
  expect(await get(hidden.id, { authorization: `Bearer ${token}` })).toEqual(page);
  expect(await get(seen.id, { authorization: `Bearer ${token}` })).toEqual([200, "RIFF....WAVE"]);
  await standIn.userActions.revokeTokens();
  expect(await get(seen.id, { authorization: `Bearer ${token}` })).toEqual(page);
});

test("a token without files:read gets the page too", async () => {
  const { standIn, token, url } = await startInstalled({ settings: { download_redirect: "none" } }, [
    "channels:history",
  ]);
  const { id, team } = await shareWav(standIn);
  const response = await fetch(new URL(`/files-pri/${team}-${id}/a.wav`, url), {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.headers.get("content-type")).toContain("text/html");
});

test("where a file is shared can take a while to be known", async () => {
  const { standIn, api, general } = await startInstalled({ settings: { shares_after: 1 } });
  const { id } = await shareWav(standIn);
  const shares = async () => (await api.files.info({ file: id })).file?.shares?.public?.[general];
  expect(await shares()).toBeUndefined();
  expect(await shares()).toMatchObject([{ ts: expect.any(String) }]);
});

test("a part of a file can be had", async () => {
  const { standIn, api, token } = await startInstalled({ settings: { download_redirect: "none" } });
  const { id } = await shareWav(standIn);
  const address = (await api.files.info({ file: id })).file?.url_private_download ?? "";
  const part = await fetch(address, { headers: { authorization: `Bearer ${token}`, range: "bytes=4-7" } });
  expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
    206,
    "bytes 4-7/12",
    "....",
  ]);
});

test("an upload must have the length it was announced with, and be there before it is completed", async () => {
  const { api, general, standIn } = await startInstalled();
  await expect(api.files.getUploadURLExternal({ filename: "a.txt", length: 0 })).rejects.toMatchObject({
    error: "missing_argument",
  });
  const { upload_url = "", file_id = "" } = await api.files.getUploadURLExternal({
    filename: "a.txt",
    length: 3,
  });
  const complete = () =>
    api.files.completeUploadExternal({ files: [{ id: file_id, title: "a" }], channel_id: general });
  await expect(complete()).rejects.toMatchObject({ error: "file_not_found" });
  expect((await fetch(upload_url, { method: "POST", body: "xx" })).status).toBe(400);
  expect((await fetch(upload_url, { method: "POST", body: "xxx" })).status).toBe(200);
  expect(await complete()).toMatchObject({ ok: true });
  expect(standIn.messages(general)).toMatchObject([{ files: [{ id: file_id, mimetype: "text/plain" }] }]);
  expect((await fetch(upload_url, { method: "POST", body: "xxx" })).status).toBe(404);
});

test("the bot takes back a file of its own, and the message that was nothing else", async () => {
  const { api, general, standIn } = await startInstalled();
  const { upload_url = "", file_id = "" } = await api.files.getUploadURLExternal({
    filename: "a.txt",
    length: 1,
  });
  await fetch(upload_url, { method: "POST", body: "x" });
  await api.files.completeUploadExternal({ files: [{ id: file_id, title: "a" }], channel_id: general });
  await api.files.delete({ file: file_id });
  expect(standIn.messages(general)).toMatchObject([{ files: [], is_deleted: true }]);
  await expect(api.files.info({ file: file_id })).rejects.toMatchObject({ error: "file_deleted" });
  const alices = await shareWav(standIn);
  await expect(api.files.delete({ file: alices.id })).rejects.toMatchObject({ error: "cant_delete_file" });
});
