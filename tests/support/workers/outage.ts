import { patientBucket, patientDatabase } from "../../../shared/storage/patient.ts";

/** From when until when storage is away, by the clock of the test. */
type Outage = { from: number; until: number };

type Clock = { now: () => number; pause: (ms: number) => Promise<void>; random: () => number };

const D1_AWAY = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const R2_AWAY = "We encountered an internal error. Please try again. (10001)";
const WRITES = ["put", "delete", "createMultipartUpload", "uploadPart", "complete", "abort"];

/** The database as a Worker has it, which answers nothing during the outage. */
export function databaseWithOutage(db: D1Database, clock: Clock, outage: Outage): D1Database {
  const check = () => failDuring(clock, outage, D1_AWAY);
  const real = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values));
        return guarded(target, name, check);
      },
    });
    real.set(wrapped, statement);
    return wrapped;
  };
  const failing = new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => wrap(target.prepare(sql));
      if (name !== "batch") return guarded(target, name, check);
      return async (list: D1PreparedStatement[]) => {
        check();
        return target.batch(list.map((statement) => real.get(statement) ?? statement));
      };
    },
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
  const failing = new Proxy(bucket, {
    get(target, name) {
      const isWrite = WRITES.includes(String(name));
      return guarded(target, name, () => {
        if (isWrite || what === "everything") failDuring(clock, outage, `${String(name)}: ${R2_AWAY}`);
      });
    },
  });
  return patientBucket(failing, clock);
}

function failDuring({ now }: Clock, { from, until }: Outage, message: string): void {
  if (now() >= from && now() < until) throw new Error(message);
}

function guarded(target: object, name: string | symbol, check: () => void): unknown {
  const member: unknown = Reflect.get(target, name);
  if (typeof member !== "function") return member;
  return async (...args: unknown[]) => {
    check();
    return member.apply(target, args);
  };
}
