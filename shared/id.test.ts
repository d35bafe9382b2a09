import { expect, test } from "vitest";
import { firstIdAt, newId } from "./id.ts";

test("an id that could have been made before 1970 bounds nothing, and is found at once", () => {
  expect(firstIdAt("job", -1)).toBe(firstIdAt("job", 0));
  expect(firstIdAt("job", Number.MIN_SAFE_INTEGER)).toBe(firstIdAt("job", 0));
  expect(firstIdAt("job", 1) > firstIdAt("job", 0)).toBe(true);
  expect(newId("job", 0) >= firstIdAt("job", 0)).toBe(true);
});
