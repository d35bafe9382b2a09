import { describe, expect, test } from "vitest";
import { closeGate, readGate } from "../../shared/storage/gates.ts";
import {
  abandonedAudio,
  abandonedUploads,
  closePendingAudio,
  closePendingUpload,
  openPendingAudio,
  takeAbandoned,
  touchPendingAudio,
} from "../../shared/storage/pending-audio.ts";
import { NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";

const { db } = await useStorage();

describe("the gate before the speech API", () => {
  test("is open as long as nobody has closed it", async () => {
    expect(await readGate(db, NOW)).toBeNull();
  });

  test("is closed until its time and open from then on", async () => {
    await closeGate(db, { closedUntil: NOW + 10_000, reason: "rate_limited" });
    expect(await readGate(db, NOW + 9_999)).toEqual({ closedUntil: NOW + 10_000, reason: "rate_limited" });
    expect(await readGate(db, NOW + 10_000)).toBeNull();
  });

  test("stays closed for the longer of two, in any order, also at once", async () => {
    await closeGate(db, { closedUntil: NOW + 60_000, reason: "upstream_unauthorized" });
    await closeGate(db, { closedUntil: NOW + 10_000, reason: "rate_limited" });
    expect(await readGate(db, NOW)).toEqual({ closedUntil: NOW + 60_000, reason: "upstream_unauthorized" });
    const times = [70_000, 90_000, 80_000].map((ms) => NOW + ms);
    await Promise.all(times.map((closedUntil) => closeGate(db, { closedUntil, reason: "rate_limited" })));
    expect(await readGate(db, NOW)).toEqual({ closedUntil: NOW + 90_000, reason: "rate_limited" });
  });
});

describe("a reception", () => {
  test("counts as abandoned once it has not been touched for the time, and not before", async () => {
    await openPendingAudio(db, "audio/a", NOW);
    expect(await abandonedAudio(db, NOW - 1, NOW, 10)).toEqual([]);
    expect(await abandonedAudio(db, NOW, NOW, 10)).toEqual(["audio/a"]);
    expect(await abandonedUploads(db, NOW, 10)).toEqual([]);
    await touchPendingAudio(db, "audio/a", NOW + 5);
    expect(await abandonedAudio(db, NOW + 4, NOW, 10)).toEqual([]);
  });

  test("keeps its multipart upload through later signs of life", async () => {
    await openPendingAudio(db, "audio/a", NOW);
    await touchPendingAudio(db, "audio/a", NOW, "upload-1");
    await touchPendingAudio(db, "audio/a", NOW + 5, "upload-1");
    expect(await abandonedUploads(db, NOW + 4, 10)).toEqual([]);
    expect(await abandonedUploads(db, NOW + 5, 10)).toEqual([{ key: "audio/a", uploadId: "upload-1" }]);
  });

  test("that starts again leaves the upload of before to the sweep, whatever becomes of its own", async () => {
    await openPendingAudio(db, "audio/a", NOW);
    await touchPendingAudio(db, "audio/a", NOW, "upload-1");
    await openPendingAudio(db, "audio/a", NOW + 9);
    await touchPendingAudio(db, "audio/a", NOW + 9, "upload-2");
    await closePendingUpload(db, "upload-2");
    await closePendingAudio(db, "audio/a");
    expect(await abandonedUploads(db, NOW + 9, 10)).toEqual([{ key: "audio/a", uploadId: "upload-1" }]);
  });

  test("is not begun while a sweep removes what an earlier one left, and no sweep takes one that has begun", async () => {
    await openPendingAudio(db, "audio/a", NOW);
    expect(await takeAbandoned(db, "audio/a", NOW, NOW + 10)).toBe(true);
    expect(await openPendingAudio(db, "audio/a", NOW + 11)).toBe(false);
    await closePendingAudio(db, "audio/a");
    expect(await openPendingAudio(db, "audio/a", NOW + 12)).toBe(true);
    expect(await takeAbandoned(db, "audio/a", NOW + 10, NOW + 13)).toBe(false);
  });

  test("may begin again when the sweep that took its key has died", async () => {
    await openPendingAudio(db, "audio/a", NOW);
    await takeAbandoned(db, "audio/a", NOW, NOW);
    expect(await openPendingAudio(db, "audio/a", NOW + 119_999)).toBe(false);
    expect(await openPendingAudio(db, "audio/a", NOW + 120_000)).toBe(true);
  });

  test("that has ended is nobody's any more, and a late sign of life does not bring it back", async () => {
    await openPendingAudio(db, "audio/a", NOW);
    await closePendingAudio(db, "audio/a");
    await closePendingAudio(db, "audio/a");
    await touchPendingAudio(db, "audio/a", NOW + 5, "upload-1");
    expect(await abandonedAudio(db, NOW + 1_000, NOW, 10)).toEqual([]);
    expect(await abandonedUploads(db, NOW + 1_000, 10)).toEqual([]);
  });

  test("is swept no more than asked at a time", async () => {
    for (const key of ["a", "b", "c"]) await openPendingAudio(db, key, NOW);
    expect(await abandonedAudio(db, NOW, NOW, 2)).toHaveLength(2);
  });
});
