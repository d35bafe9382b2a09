import { backoffMs } from "../queue/backoff.ts";
import { isPassing, StorageAwayError } from "./passing-error.ts";

/** What waiting takes. Tests bring their own. */
type Patience = { pause: (ms: number) => Promise<void>; random: () => number };

/** Between half of them and all, some 8 to 15 s: D1 is back from a reset, R2 from a failure in passing, by then. */
const TRIES = 5;
const PAUSE = { baseMs: 1_000, maxMs: 8_000 };

/**
 * Repeats what storage failed at in passing. What is written is conditional on a fence or the same when repeated: a
 * write whose answer was lost may have been made.
 * @throws StorageAwayError after the last try
 */
async function patiently<T>({ pause, random }: Patience, act: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (n >= TRIES) throw new StorageAwayError(error);
      await pause(backoffMs(n, random(), PAUSE));
    }
  }
}

/** The database, with each statement and batch tried some times. */
export function patientDatabase(db: D1Database, patience: Patience): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values));
        return patientMember(target, name, patience);
      },
    });
    real.set(wrapped, statement);
    return wrapped;
  };
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => wrap(target.prepare(sql));
      if (name === "batch") {
        return (list: D1PreparedStatement[]) => {
          const statements = list.map((statement) => real.get(statement) ?? statement);
          return patiently(patience, () => target.batch(statements));
        };
      }
      return patientMember(target, name, patience);
    },
  });
}

/** The bucket with its multipart uploads. A stream can be sent once, so what is given as one is not tried again. */
export function patientBucket(bucket: R2Bucket, patience: Patience): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      if (name === "resumeMultipartUpload") {
        return (...args: [string, string]) => patientUpload(target.resumeMultipartUpload(...args), patience);
      }
      if (name === "createMultipartUpload") {
        return async (...args: [string, R2MultipartOptions?]) => {
          const open = await patiently(patience, () => target.createMultipartUpload(...args));
          return patientUpload(open, patience);
        };
      }
      return patientMember(target, name, patience);
    },
  });
}

function patientUpload(upload: R2MultipartUpload, patience: Patience): R2MultipartUpload {
  return new Proxy(upload, { get: (target, name) => patientMember(target, name, patience) });
}

function patientMember(target: object, name: string | symbol, patience: Patience): unknown {
  const member: unknown = Reflect.get(target, name);
  if (typeof member !== "function") return member;
  return (...args: unknown[]) => {
    const act = () => member.apply(target, args);
    if (!args.some((arg) => arg instanceof ReadableStream)) return patiently(patience, act);
    return act().catch((error: unknown) => {
      throw isPassing(error) ? new StorageAwayError(error) : error;
    });
  };
}
