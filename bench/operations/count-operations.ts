/**
 * Wraps a Worker so that every operation on its bindings is logged as one line, in the real runtime and with the
 * numbers D1 itself reports (and bills). Nothing of the Worker is changed; bench/operations/index.ts reads the lines.
 */

/**
 * One operation. `at` is the kind of invocation that made it, such as `POST /v1/jobs` or `queue diarist-notify`;
 * `run` is the same for all operations of one invocation.
 */
export type Operation = { at: string; run: string } & (
  | { kind: "d1"; sql: string; rowsRead: number; rowsWritten: number }
  /** Statements in one batch share a trip to the database. */
  | { kind: "d1-trip" }
  | { kind: "r2"; class: "A" | "B" | "free"; name: string }
  | { kind: "queue"; name: "write" | "read" | "delete" | "retry"; count: number }
);

type Note = (operation: Unnamed<Operation>) => void;
type Unnamed<T> = T extends unknown ? Omit<T, "at" | "run"> : never;
type CountedEnv = { DB: D1Database; BUCKET?: R2Bucket; TRANSCRIBE_QUEUE?: Queue; NOTIFY_QUEUE?: Queue };

/** Says that a log line is an operation. */
export const MARK = "bench.operation";

export function countOperations<Env extends CountedEnv>(
  name: string,
  worker: ExportedHandler<Env>,
): ExportedHandler<Env> {
  return {
    async fetch(request, env, ctx) {
      const at = `${request.method} ${nameOfPath(new URL(request.url).pathname)}`;
      if (!worker.fetch) throw new Error("this Worker answers no requests");
      return worker.fetch(request, wrapEnv(env, noteAt(at)), ctx);
    },
    async queue(batch, env, ctx) {
      const note = noteAt(`queue ${batch.queue}`);
      note({ kind: "queue", name: "read", count: batch.messages.length });
      await worker.queue?.(wrapBatch(batch, note), wrapEnv(env, note), ctx);
    },
    async scheduled(controller, env, ctx) {
      await worker.scheduled?.(controller, wrapEnv(env, noteAt(`sweep of ${name}`)), ctx);
    },
  };
}

function noteAt(at: string): Note {
  const run = crypto.randomUUID();
  return (operation) => console.log(JSON.stringify({ [MARK]: { at, run, ...operation } }));
}

function nameOfPath(path: string): string {
  return path.replace(/\/(job|dlv|evt|upl)_\w+/g, "/{id}").replace(/^\/media\/.*/, "/media/{token}");
}

function wrapEnv<Env extends CountedEnv>(env: Env, note: Note): Env {
  return {
    ...env,
    DB: wrapDatabase(env.DB, note),
    ...(env.BUCKET ? { BUCKET: wrapBucket(env.BUCKET, note) } : {}),
    ...(env.TRANSCRIBE_QUEUE ? { TRANSCRIBE_QUEUE: wrapQueue(env.TRANSCRIBE_QUEUE, note) } : {}),
    ...(env.NOTIFY_QUEUE ? { NOTIFY_QUEUE: wrapQueue(env.NOTIFY_QUEUE, note) } : {}),
  };
}

/** What a wrapped statement stands for, so that a batch can be made of the real ones. */
const inner = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>();

function wrapDatabase(db: D1Database, note: Note): D1Database {
  return override(db, {
    prepare: (sql: string) => wrapStatement(db.prepare(sql), sql, note),
    async batch(statements: D1PreparedStatement[]) {
      const real = statements.map((wrapped) => {
        const found = inner.get(wrapped);
        if (!found) throw new Error("a statement in the batch was not made by this database");
        return found;
      });
      note({ kind: "d1-trip" });
      const results = await db.batch(real.map(({ statement }) => statement));
      for (const [n, { meta }] of results.entries()) noteResult(note, real[n]?.sql ?? "", meta);
      return results;
    },
  });
}

function wrapStatement(statement: D1PreparedStatement, sql: string, note: Note): D1PreparedStatement {
  /** `first` gives no numbers, and is the first row of what `all` gives. */
  async function all<T>(): Promise<D1Result<T>> {
    note({ kind: "d1-trip" });
    const result = await statement.all<T>();
    noteResult(note, sql, result.meta);
    return result;
  }
  const wrapped = override(statement, {
    bind: (...values: unknown[]) => wrapStatement(statement.bind(...values), sql, note),
    all,
    run: all,
    first: async (column?: string) => {
      const [row = null] = (await all<Record<string, unknown>>()).results;
      return column === undefined ? row : (row?.[column] ?? null);
    },
    raw: () => {
      throw new Error("raw() is not counted: count it here when it is used");
    },
  });
  inner.set(wrapped, { statement, sql });
  return wrapped;
}

function noteResult(note: Note, sql: string, meta: { rows_read: number; rows_written: number }): void {
  const shortSql = sql.replace(/\s+/g, " ").trim().slice(0, 150);
  note({ kind: "d1", sql: shortSql, rowsRead: meta.rows_read, rowsWritten: meta.rows_written });
}

/** Prices: developers.cloudflare.com/r2/pricing, "Class A operations", "Class B operations", "Free operations". */
const R2_CLASSES = {
  put: "A",
  list: "A",
  createMultipartUpload: "A",
  uploadPart: "A",
  complete: "A",
  get: "B",
  head: "B",
  delete: "free",
  abort: "free",
} as const;

function wrapBucket(bucket: R2Bucket, note: Note): R2Bucket {
  return override(bucket, {
    ...counted(bucket, ["put", "list", "get", "head", "delete"], note),
    async createMultipartUpload(...args: Parameters<R2Bucket["createMultipartUpload"]>) {
      note({ kind: "r2", class: "A", name: "createMultipartUpload" });
      return wrapUpload(await bucket.createMultipartUpload(...args), note);
    },
    resumeMultipartUpload: (key: string, id: string) =>
      wrapUpload(bucket.resumeMultipartUpload(key, id), note),
  });
}

function wrapUpload(upload: R2MultipartUpload, note: Note): R2MultipartUpload {
  return override(upload, counted(upload, ["uploadPart", "complete", "abort"], note));
}

function counted<T extends object>(
  target: T,
  names: (keyof T & keyof typeof R2_CLASSES)[],
  note: Note,
): object {
  const methods = names.map((name) => {
    const method: unknown = target[name];
    if (typeof method !== "function") throw new Error(`${name} is not a method`);
    return [
      name,
      (...args: unknown[]) => {
        note({ kind: "r2", class: R2_CLASSES[name], name });
        return method.apply(target, args);
      },
    ];
  });
  return Object.fromEntries(methods);
}

function wrapQueue(queue: Queue, note: Note): Queue {
  return override(queue, {
    send(...args: Parameters<Queue["send"]>) {
      note({ kind: "queue", name: "write", count: 1 });
      return queue.send(...args);
    },
    sendBatch(...[messages, options]: Parameters<Queue["sendBatch"]>) {
      const list = [...messages];
      note({ kind: "queue", name: "write", count: list.length });
      return queue.sendBatch(list, options);
    },
  });
}

function wrapBatch(batch: MessageBatch, note: Note): MessageBatch {
  const messages = batch.messages.map((message) =>
    override(message, {
      ack() {
        note({ kind: "queue", name: "delete", count: 1 });
        message.ack();
      },
      retry(options?: QueueRetryOptions) {
        note({ kind: "queue", name: "retry", count: 1 });
        message.retry(options);
      },
    }),
  );
  return override(batch, { messages });
}

/** The same object with some members replaced; the others see the real one as `this`, which the runtime insists on. */
function override<T extends object>(target: T, members: object): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
