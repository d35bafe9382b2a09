/** What a Worker that is killed gets from every storage, queue or network that it still asks. */
export class Killed extends Error {
  override name = "Killed";
}

export type Life = {
  /** Does the step if still alive; dies right after the last one, whose effect is there but whose result is not. */
  step<T>(name: string, act: () => Promise<T>): Promise<T>;
  /** What was done, in order. */
  steps: string[];
  isOver(): boolean;
};

/** What leaves nothing behind: to die after it is to die before it. */
const READS = /^(SELECT\b|get$|head$|list$)/;

/** A life of `steps` steps: each write, send and call is one. */
export function startLife(most: number): Life {
  const steps: string[] = [];
  return {
    steps,
    isOver: () => steps.length >= most,
    async step(name, act) {
      if (steps.length >= most) throw new Killed();
      if (READS.test(name)) return act();
      steps.push(name);
      const value = await act();
      if (steps.length >= most) throw new Killed();
      return value;
    },
  };
}

/** The database for as long as this life lasts. */
export function crashingDatabase(db: D1Database, life: Life): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>();
  const wrap = (sql: string, statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(sql, target.bind(...values));
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => life.step(sql, () => member.apply(target, args));
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
          life.step("batch", () => target.batch(list.map((statement) => real.get(statement) ?? statement)));
      }
      return Reflect.get(target, name);
    },
  });
}

/** The same for a bucket or a queue: every method is a step. */
export function crashing<T extends object>(thing: T, life: Life): T {
  return new Proxy(thing, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => life.step(String(name), () => member.apply(target, args));
    },
  });
}

/** The bucket with its multipart uploads. */
export function crashingBucket(bucket: R2Bucket, life: Life): R2Bucket {
  const steps = crashing(bucket, life);
  return new Proxy(bucket, {
    get(target, name) {
      if (name === "resumeMultipartUpload") {
        return (...args: [string, string]) => crashing(target.resumeMultipartUpload(...args), life);
      }
      if (name === "createMultipartUpload") {
        return async (...args: [string, R2MultipartOptions]) =>
          crashing(await steps.createMultipartUpload(...args), life);
      }
      return Reflect.get(steps, name);
    },
  });
}
