import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";

/** What the tests use of Uppy. Its own types bring the browser's, which contradict the Workers'. */
type Uppy = {
  use(plugin: unknown, options: object): Uppy;
  addFile(file: { name: string; type: string; data: object }): void;
  upload(): Promise<{ successful: { uploadURL: string }[]; failed: object[] }>;
};

/** Uppy with its tus plugin, as in a page; in node its files are Buffers with a `size`. */
export async function createUppy(options: { endpoint: string; chunkSize: number }): Promise<Uppy> {
  const [core, tus] = ["@uppy/core", "@uppy/tus"];
  const { default: Core } = (await import(core)) as { default: new () => Uppy };
  const { default: Tus } = (await import(tus)) as { default: unknown };
  return new Core().use(Tus, { ...options, headers: { authorization: `Bearer ${DEV_API_KEY}` } });
}
