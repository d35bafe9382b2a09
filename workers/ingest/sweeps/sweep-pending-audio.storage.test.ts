import { expect, test } from "vitest";
import { PENDING_AUDIO_IDLE_MS } from "../../../shared/limits.ts";
import { openPendingAudio, touchPendingAudio } from "../../../shared/storage/pending-audio.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { sweepPendingAudio } from "./sweep-pending-audio.ts";

const { db, bucket, keys, openUploads } = await useStorage();
const logs = useLogs();
const LATER = NOW + PENDING_AUDIO_IDLE_MS;
const rows = "SELECT (SELECT count(*) FROM pending_audio) + (SELECT count(*) FROM pending_uploads) AS n";

test("a form that is sent again after a crash leaves no multipart upload behind", async () => {
  for (let n = 0; n < 2; n++) {
    await openPendingAudio(db, "audio/a", NOW + n);
    const { uploadId } = await bucket.createMultipartUpload("audio/a");
    await touchPendingAudio(db, "audio/a", NOW + n, uploadId);
  }
  expect(await openUploads()).toBe(2);
  await sweepPendingAudio({ DB: db, BUCKET: bucket }, () => LATER + 1);
  expect(await openUploads()).toBe(0);
  expect(await count(db, rows)).toBe(0);
});

test("audio that is begun again between the sweep's list and its turn stays", async () => {
  for (const key of ["audio/a", "audio/b"]) {
    await openPendingAudio(db, key, NOW);
    await bucket.put(key, "audio");
  }
  const racing = new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        // While the first is being removed, the client of the second sends it again.
        if (name === "delete") await openPendingAudio(db, "audio/b", LATER);
        return member.apply(target, args);
      };
    },
  });
  await sweepPendingAudio({ DB: db, BUCKET: racing }, () => LATER);
  expect(await keys()).toEqual(["audio/b"]);
});

test("one row that R2 fails at stops neither the others nor what comes after them", async () => {
  for (const key of ["audio/a", "audio/b"]) {
    await openPendingAudio(db, key, NOW);
    await bucket.put(key, "audio");
  }
  const insert = "INSERT INTO purges (job_id, tenant_id, sweep_at) VALUES (?, 'ten', ?)";
  await db.batch(["bad", "good"].map((id) => db.prepare(insert).bind(id, NOW)));
  const failing = new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        if (/audio\/a|bad/.test(JSON.stringify(args))) throw new Error("delete: internal error. (10001)");
        return member.apply(target, args);
      };
    },
  });
  await sweepPendingAudio({ DB: db, BUCKET: failing }, () => LATER);
  expect(await keys()).toEqual(["audio/a"]);
  expect(await count(db, "SELECT count(*) AS n FROM purges")).toBe(1);
  expect(logs().filter(({ event }) => event === "sweep.failed")).toHaveLength(2);
});
