import { expect, test } from "vitest";
import { isPassing } from "./passing-error.ts";

const PASSING = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "D1_ERROR: D1 DB exceeded its memory limit and was reset.",
  "internal error; reference = 0123456789abcdef",
  "put: We encountered an internal error. Please try again. (10001)",
  "get: Service unavailable. (10043)",
  "uploadPart: Client disconnected before the request completed. (10054)",
  "put: Reduce your concurrent request rate for the same object. (10058)",
];

const LASTING = [
  "D1_ERROR: UNIQUE constraint failed: jobs.id: SQLITE_CONSTRAINT",
  'D1_ERROR: near "INSERTZ": syntax error',
  "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'",
  "D1_ERROR: Exceeded maximum DB size",
  "D1_ERROR: string or blob too big: SQLITE_TOOBIG",
  "quota_exceeded jobs_at_once",
  "resumeMultipartUpload: The specified multipart upload does not exist. (10024)",
  "put: Your metadata headers exceed the maximum allowed metadata size. (10012)",
  "audio/ten/job/source.wav is not in R2",
  "Cannot read properties of undefined (reading 'n')",
];

test.each(PASSING)("passes by itself: %s", (message) => {
  expect(isPassing(new Error(message))).toBe(true);
});

test.each(LASTING)("stays as it is: %s", (message) => {
  expect(isPassing(new Error(message))).toBe(false);
});
