import { backoffMs } from "../queue/backoff.ts";
import { isPassing, StorageAwayError } from "./passing-error.ts";
import { NO_SUCH_UPLOAD } from "./store-audio.ts";

/** What waiting takes. Tests bring their own. */
type Patience = {
  pause: (ms: number) => Promise<void>;
  random: () => number;
  /** How long is waited; left out: as work behind a queue can. */
  waits?: Waits;
};

type Waits = {
  tries: number;
  baseMs: number;
  maxMs: number;
  /** The database's writes are repeated. Without: each has one try. */
  repeatsWrites: boolean;
};

/** Between half of them and all, some 8 to 15 s: D1 is back from a reset, R2 from a failure in passing, by then. */
const WORK: Waits = { tries: 5, baseMs: 1_000, maxMs: 8_000, repeatsWrites: true };

/**
 * For a request, whose client waits: up to 3 s. Its writes are not all the same when repeated, and its client can repeat
 * all of it, under an Idempotency-Key that makes nothing twice.
 */
export const REQUEST_WAITS: Waits = { tries: 5, baseMs: 200, maxMs: 1_600, repeatsWrites: false };

/**
 * Repeats what storage failed at in passing. What is written is conditional on a fence or the same when repeated: a
 * write whose answer was lost may have been made.
 * @param act told which try it is
 * @throws StorageAwayError after the last try
 */
async function patiently<T>(
  { pause, random, waits = WORK }: Patience,
  act: (n: number) => Promise<T>,
  isRepeatable = true,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await act(n);
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (n >= waits.tries || !isRepeatable) throw new StorageAwayError(error);
      await pause(backoffMs(n, random(), waits));
    }
  }
}

/** The database, with each statement and batch tried some times. */
export function patientDatabase(db: D1Database, patience: Patience): D1Database {
  const { repeatsWrites } = patience.waits ?? WORK;
  const real = new WeakMap<object, { statement: D1PreparedStatement; isRepeatable: boolean }>();
  const wrap = (statement: D1PreparedStatement, isRepeatable: boolean): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values), isRepeatable);
        return patientMember(target, name, patience, isRepeatable);
      },
    });
    real.set(wrapped, { statement, isRepeatable });
    return wrapped;
  };
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => wrap(target.prepare(sql), repeatsWrites || isRead(sql));
      }
      if (name === "batch") {
        return (list: D1PreparedStatement[]) => {
          const known = list.map(
            (statement) => real.get(statement) ?? { statement, isRepeatable: repeatsWrites },
          );
          const statements = known.map(({ statement }) => statement);
          const areRepeatable = known.every(({ isRepeatable }) => isRepeatable);
          return patiently(patience, () => target.batch(statements), areRepeatable);
        };
      }
      return patientMember(target, name, patience, repeatsWrites);
    },
  });
}

function isRead(sql: string): boolean {
  return /^\s*SELECT\b/i.test(sql);
}

/** The bucket with its multipart uploads. A stream can be sent once, so what is given as one is not tried again. */
export function patientBucket(bucket: R2Bucket, patience: Patience): R2Bucket {
  const patientUpload = (upload: R2MultipartUpload): R2MultipartUpload =>
    new Proxy(upload, {
      get(target, name) {
        if (name !== "complete") return patientMember(target, name, patience);
        return (parts: R2UploadedPart[]) =>
          patiently(patience, (n) => complete(bucket, target, parts, n > 1));
      },
    });
  return new Proxy(bucket, {
    get(target, name) {
      if (name === "resumeMultipartUpload") {
        return (...args: [string, string]) => patientUpload(target.resumeMultipartUpload(...args));
      }
      if (name === "createMultipartUpload") {
        return async (...args: [string, R2MultipartOptions?]) =>
          patientUpload(await patiently(patience, () => target.createMultipartUpload(...args)));
      }
      return patientMember(target, name, patience);
    },
  });
}

/** An upload that is not there at a second try was completed at the first, whose answer was lost. */
async function complete(
  bucket: R2Bucket,
  upload: R2MultipartUpload,
  parts: R2UploadedPart[],
  isAgain: boolean,
): Promise<R2Object> {
  try {
    return await upload.complete(parts);
  } catch (error) {
    const object = isAgain && String(error).includes(NO_SUCH_UPLOAD) ? await bucket.head(upload.key) : null;
    if (!object) throw error;
    return object;
  }
}

function patientMember(
  target: object,
  name: string | symbol,
  patience: Patience,
  isRepeatable = true,
): unknown {
  const member: unknown = Reflect.get(target, name);
  if (typeof member !== "function") return member;
  return (...args: unknown[]) => {
    const isStreamed = args.some((arg) => arg instanceof ReadableStream);
    return patiently(patience, () => member.apply(target, args), isRepeatable && !isStreamed);
  };
}
