/** What happens around each operation: it may come before, after or instead of it. */
export type Around = <T>(name: string, act: () => Promise<T>) => Promise<T>;

/** The database, with this around each statement that runs, named by its SQL, and each batch. */
export function databaseAround(db: D1Database, around: Around): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>();
  const wrap = (sql: string, statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(sql, target.bind(...values));
        return memberAround(target, name, sql, around);
      },
    });
    real.set(wrapped, statement);
    return wrapped;
  };
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => wrap(sql, target.prepare(sql));
      if (name === "batch") {
        return (list: D1PreparedStatement[]) =>
          around("batch", () => target.batch(list.map((statement) => real.get(statement) ?? statement)));
      }
      return Reflect.get(target, name);
    },
  });
}

/** The same for a queue, or for what else has methods that make promises. */
export function methodsAround<T extends object>(thing: T, around: Around): T {
  return new Proxy(thing, { get: (target, name) => memberAround(target, name, String(name), around) });
}

/** The same for a bucket with its multipart uploads. */
export function bucketAround(bucket: R2Bucket, around: Around): R2Bucket {
  const methods = methodsAround(bucket, around);
  return new Proxy(bucket, {
    get(target, name) {
      if (name === "resumeMultipartUpload") {
        return (...args: [string, string]) => methodsAround(target.resumeMultipartUpload(...args), around);
      }
      if (name === "createMultipartUpload") {
        return async (...args: [string, R2MultipartOptions]) =>
          methodsAround(await methods.createMultipartUpload(...args), around);
      }
      return Reflect.get(methods, name);
    },
  });
}

function memberAround(target: object, name: string | symbol, called: string, around: Around): unknown {
  const member: unknown = Reflect.get(target, name);
  if (typeof member !== "function") return member;
  return (...args: unknown[]) => around(called, () => member.apply(target, args));
}
