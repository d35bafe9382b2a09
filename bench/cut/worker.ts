/** Cuts in workerd, against R2's simulator; bench/cut/index.ts drives it over HTTP. */
import { planCuts, type RecordingFacts } from "../../workers/transcribe/cut/plan-cuts.ts";
import { writePart } from "../../workers/transcribe/cut/write-part.ts";
import { LIMITS } from "./limits.ts";

type Env = { BUCKET: R2Bucket };

export type CutReport = {
  /** Of each part. */
  bytes: number[];
  planning: Asked;
  cutting: Asked;
};
type Asked = { reads: number; bytes: number };

/** One part overwrites the other, so that the disk does not fill. */
const TARGET = "part";

export default {
  async fetch(request, { BUCKET: bucket }) {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get("key") ?? "";
    switch (pathname) {
      case "/store":
        await bucket.put(key, request.body);
        return new Response();
      case "/cut":
        return Response.json(await cut(bucket, key, await request.json<RecordingFacts>()));
      case "/copy":
        return Response.json(await copy(bucket, key, await request.json<number[]>()));
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;

async function cut(bucket: R2Bucket, key: string, facts: RecordingFacts): Promise<CutReport> {
  const { counted, asked } = count(bucket);
  const plan = await planCuts(counted, key, facts, LIMITS);
  const planning = { ...asked };
  const bytes: number[] = [];
  for (const { n } of plan.parts) bytes.push((await writePart(counted, key, plan, n, TARGET)).bytes);
  const cutting = { reads: asked.reads - planning.reads, bytes: asked.bytes - planning.bytes };
  return { bytes, planning, cutting };
}

/** As many bytes, in as many pieces, and nothing done with them. */
async function copy(bucket: R2Bucket, key: string, pieces: number[]): Promise<null> {
  const size = (await bucket.head(key))?.size ?? 0;
  let at = 0;
  for (const piece of pieces) {
    const offset = Math.min(at, size - piece);
    const object = await bucket.get(key, { range: { offset, length: piece } });
    if (!object) throw new Error(`${key} is not in R2`);
    await bucket.put(TARGET, object.body);
    at += piece;
  }
  return null;
}

function count(bucket: R2Bucket): { counted: R2Bucket; asked: Asked } {
  const asked = { reads: 0, bytes: 0 };
  const get = (key: string, options: { range: { offset: number; length: number } }) => {
    asked.reads++;
    asked.bytes += options.range.length;
    return bucket.get(key, options);
  };
  const counted = new Proxy(bucket, {
    get(target, property) {
      if (property === "get") return get;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { counted, asked };
}
