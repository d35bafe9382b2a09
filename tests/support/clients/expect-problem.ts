import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { ProblemCode } from "../../../workers/ingest/http/problem.ts";
import type { TestDiarist } from "../stack/diarist.ts";
import { takeInventory } from "../stack/inventory.ts";

type Problem = {
  detail: string;
  code: string;
  errors?: { field: string; message: string }[];
  limit?: Limit;
};
type Limit = { name: string; max: number; used: number; resets_at: string | null };

/** The answer is this problem, in the documented shape (RFC 9457), and knows its request's id. */
export async function expectProblem(
  sent: Promise<Response>,
  status: number,
  code: ProblemCode,
): Promise<Problem> {
  const response = await sent;
  const text = await response.text();
  expect({ status: response.status, text }).toEqual({ status, text: expect.stringContaining(`"${code}"`) });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = JSON.parse(text) as Problem;
  const errors = problem.errors && { errors: expect.any(Array) };
  expect(problem).toEqual({
    type: expect.stringMatching(new RegExp(`/docs/errors#${code}$`)),
    title: expect.stringMatching(/\w/),
    status,
    detail: expect.stringMatching(/\w/),
    code,
    action: expect.stringMatching(/\w/),
    request_id: response.headers.get("x-request-id"),
    ...errors,
    ...(problem.limit && { limit: expect.any(Object) }),
  });
  return problem;
}

/**
 * Whatever these requests are, they change nothing that is kept, and cost no call to the speech API. What a test before
 * has left under way may change something once; what these requests do they would do again.
 */
export async function expectNothingKept(diarist: TestDiarist, send: () => Promise<void>): Promise<void> {
  const look = async () => ({ kept: await takeInventory(diarist), calls: (await diarist.calls()).length });
  const before = await look();
  await send();
  const after = await look();
  if (isDeepStrictEqual(after, before)) return;
  await send();
  expect(await look()).toEqual(after);
}
