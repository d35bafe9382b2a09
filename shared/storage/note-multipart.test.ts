import { expect, test } from "vitest";
import { noteMultipart } from "./note-multipart.ts";

const AWAY = new Error("D1_ERROR: Network connection lost.");
const fail = () => Promise.reject(AWAY);

function begin() {
  const upload = {
    ended: false,
    async abort() {
      upload.ended = true;
    },
  };
  return upload;
}

test("an upload whose note is made goes on", async () => {
  const upload = begin();
  expect(await noteMultipart(upload, async () => "row", fail)).toBe("row");
  expect(upload.ended).toBe(false);
});

test("an upload whose note was made, though its answer was lost, goes on", async () => {
  const upload = begin();
  expect(await noteMultipart(upload, fail, async () => "row")).toBe("row");
  expect(upload.ended).toBe(false);
});

test("an upload that nobody knows is ended, and the request fails as the database did", async () => {
  const upload = begin();
  await expect(noteMultipart(upload, fail, async () => null)).rejects.toBe(AWAY);
  expect(upload.ended).toBe(true);
});

test("an upload of which nothing can be found out is ended too", async () => {
  const upload = begin();
  await expect(noteMultipart(upload, fail, fail)).rejects.toBe(AWAY);
  expect(upload.ended).toBe(true);
});
