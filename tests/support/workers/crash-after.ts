import { bucketAround, databaseAround, methodsAround } from "./around-storage.ts";

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
  return databaseAround(db, life.step);
}

/** The same for a bucket or a queue: every method is a step. */
export function crashing<T extends object>(thing: T, life: Life): T {
  return methodsAround(thing, life.step);
}

/** The bucket with its multipart uploads. */
export function crashingBucket(bucket: R2Bucket, life: Life): R2Bucket {
  return bucketAround(bucket, life.step);
}
