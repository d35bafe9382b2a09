import { patientBucket, patientDatabase } from "../../../shared/storage/patient.ts";
import { bucketAround, databaseAround } from "./around-storage.ts";

/** From when until when storage is away, by the clock of the test. */
type Outage = { from: number; until: number };

type Clock = { now: () => number; pause: (ms: number) => Promise<void>; random: () => number };

const D1_AWAY = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const R2_AWAY = "We encountered an internal error. Please try again. (10001)";
const WRITES = ["put", "delete", "createMultipartUpload", "uploadPart", "complete", "abort"];

/** The database as a Worker has it, which answers nothing during the outage. */
export function databaseWithOutage(db: D1Database, clock: Clock, outage: Outage): D1Database {
  const failing = databaseAround(db, async (_, act) => {
    failDuring(clock, outage, D1_AWAY);
    return act();
  });
  return patientDatabase(failing, clock);
}

/** The bucket as a Worker has it, which takes no writes during the outage, or answers nothing. */
export function bucketWithOutage(
  bucket: R2Bucket,
  clock: Clock,
  outage: Outage,
  what: "writes" | "everything",
): R2Bucket {
  const failing = bucketAround(bucket, async (name, act) => {
    if (WRITES.includes(name) || what === "everything") failDuring(clock, outage, `${name}: ${R2_AWAY}`);
    return act();
  });
  return patientBucket(failing, clock);
}

function failDuring({ now }: Clock, { from, until }: Outage, message: string): void {
  if (now() >= from && now() < until) throw new Error(message);
}
