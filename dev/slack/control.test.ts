// The script: faults, the record, and the same userActions over HTTP.

import { expect, test } from "vitest";
import { startInstalled } from "./testing/harness.ts";

test("a fault meets the method it names, as often as it says", async () => {
  const { api, general, standIn } = await startInstalled();
  standIn.configure({
    faults: [
      { match: { method: "chat.postMessage", nth: 2 }, do: { error: "fatal_error" } },
      { match: { method: "files." }, do: { status: 503 }, times: 1 },
    ],
  });
  const post = () => api.chat.postMessage({ channel: general, text: "hi" });
  expect(await post()).toMatchObject({ ok: true });
  await expect(post()).rejects.toMatchObject({ error: "fatal_error" });
  expect(await post()).toMatchObject({ ok: true });
  const upload = () => api.files.getUploadURLExternal({ filename: "a.txt", length: 1 });
  await expect(upload()).rejects.toMatchObject({ status: 503 });
  expect(await upload()).toMatchObject({ ok: true });
});

test("a connection that drops before leaves nothing, one that drops after leaves the message", async () => {
  const { api, general, standIn } = await startInstalled();
  const post = () => api.chat.postMessage({ channel: general, text: "hi" });
  standIn.configure({ faults: [{ do: { kind: "drop" }, times: 1 }] });
  await expect(post()).rejects.toThrow();
  expect(standIn.messages(general)).toHaveLength(0);
  standIn.configure({ faults: [{ do: { kind: "drop_after" }, times: 1 }] });
  await expect(post()).rejects.toThrow();
  expect(standIn.messages(general)).toHaveLength(1);
  expect(standIn.calls().map(({ outcome }) => outcome)).toEqual(["fault:drop", "fault:drop_after"]);
});

test("every answer can be late, by the injected clock", async () => {
  const { api, standIn, clock } = await startInstalled();
  standIn.configure({ faults: [{ do: { delay_seconds: 5 } }] });
  await api.auth.test();
  await api.auth.test();
  expect(clock.slept).toEqual([5_000, 5_000]);
});

test("a file can be a page, nothing, or half of itself", async () => {
  const { standIn, api, token } = await startInstalled({ settings: { download_redirect: "none" } });
  const { file } = standIn.userActions.shareFile({
    channel: "general",
    file: { name: "a.wav", bytes: new Uint8Array(1000) },
  });
  const address = (await api.files.info({ file: file.id })).file?.url_private_download ?? "";
  const get = () => fetch(address, { headers: { authorization: `Bearer ${token}` } });
  const fault = (kind: "html" | "empty" | "cutoff") =>
    standIn.configure({ faults: [{ match: { method: "files.download" }, do: { kind } }] });
  fault("html");
  expect(await (await get()).text()).toContain("Sign in");
  fault("empty");
  expect(await (await get()).text()).toBe("");
  fault("cutoff");
  await expect(get().then((response) => response.arrayBuffer())).rejects.toThrow();
});

test("over HTTP: settings, user actions, state, calls and files", async () => {
  const { url, general, team } = await startInstalled();
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(new URL(`control${path}`, url), {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: Object(await response.json()) };
  };
  expect(await ask("PUT", "", { copies: 0 })).toMatchObject({ status: 400 });
  expect(await ask("PUT", "", { copies: 2 })).toMatchObject({ body: { copies: 2 } });
  const shared = await ask("POST", "/user-actions/share_file", {
    channel: "general",
    file: { name: "a.mp3", base64: "AQID" },
  });
  expect(shared.body).toMatchObject({ channel: general, file: expect.stringMatching(/^F/) });
  const bytes = await fetch(new URL(`control/files/${shared.body.file}`, url));
  expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
  const { body: state } = await ask("GET", "/state");
  expect(state.teams[0]).toMatchObject({ id: team, is_installed: true });
  expect(JSON.stringify(state)).not.toContain("xoxb");
  expect(await ask("POST", "/user-actions/share_file", { channel: "nowhere", file: "F1" })).toMatchObject({
    status: 400,
    body: { error: { message: "Acme has no channel nowhere" } },
  });
  expect(await ask("POST", "/user-actions/dance", {})).toMatchObject({ status: 404 });
  expect((await ask("GET", "/calls")).body).toEqual([]);
});
