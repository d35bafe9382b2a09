import { patientBucket, patientDatabase, REQUEST_WAITS } from "../../../shared/storage/patient.ts";

/** The bindings of one request, with storage that is tried again when it fails in passing. */
export function withPatientStorage(env: Cloudflare.IngestEnv): Cloudflare.IngestEnv {
  const patience = {
    pause: (ms: number) => scheduler.wait(ms),
    random: Math.random,
    waits: REQUEST_WAITS,
  };
  return { ...env, DB: patientDatabase(env.DB, patience), BUCKET: patientBucket(env.BUCKET, patience) };
}
