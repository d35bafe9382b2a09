import { expect, test } from "vitest";
import { createTogetherControl } from "./control.ts";
import { faultReply, outcomeOf, sendModeOf } from "./fault-reply.ts";
import { type Fault, trackFaults } from "./faults.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

const READ = {
  moment: "read",
  file: "https://files.test/standup.mp3",
  model: "openai/whisper-large-v3",
} as const;
const TRANSCRIPTIONS = "/v1/audio/transcriptions";
const FLAGS = DEFAULT_SETTINGS.flags;

/** Which of ten requests meet a fault. */
function struck(faults: Fault[], path: string = TRANSCRIPTIONS): number[] {
  const tracker = trackFaults(faults);
  return Array.from({ length: 10 }, (_, index) =>
    tracker.begin(path)(READ) === undefined ? 0 : index + 1,
  ).filter((nth) => nth > 0);
}

function patch(value: unknown): string {
  try {
    createTogetherControl().configure(value);
    return "accepted";
  } catch (error) {
    return String(Object(error).message);
  }
}

test("nth strikes the requests it names, every strikes its multiples", () => {
  expect(struck([{ match: { nth: 2 }, do: { status: 429 } }])).toEqual([2]);
  expect(struck([{ match: { nth: [1, 4] }, do: { status: 429 } }])).toEqual([1, 4]);
  expect(struck([{ match: { every: 4 }, do: { status: 429 } }])).toEqual([4, 8]);
});

test("a fault without a match strikes always, and times bounds it", () => {
  expect(struck([{ do: { status: 503 } }])).toHaveLength(10);
  expect(struck([{ do: { status: 503 }, times: 2 }])).toEqual([1, 2]);
});

test("path, file and model must all fit", () => {
  const match = { path: "transcriptions", file: "standup", model: "openai/whisper-large-v3" };
  expect(struck([{ match, do: { status: 500 } }])).toHaveLength(10);
  expect(struck([{ match, do: { status: 500 } }], "/v1/audio/translations")).toEqual([]);
  expect(struck([{ match: { ...match, file: "retro" }, do: { status: 500 } }])).toEqual([]);
  expect(struck([{ match: { ...match, model: "other" }, do: { status: 500 } }])).toEqual([]);
});

test("the first fault in the list wins, and a request meets one at most", () => {
  const tracker = trackFaults([
    { match: { nth: 1 }, do: { status: 429 } },
    { do: { status: 503 } },
    { match: { min_seconds: 0 }, do: { status: 500 } },
  ]);
  const strike = tracker.begin(TRANSCRIPTIONS);
  expect(strike(READ)).toEqual({ status: 429 });
  expect(strike({ ...READ, moment: "heard", audioSeconds: 9 })).toBeUndefined();
  expect(tracker.begin(TRANSCRIPTIONS)(READ)).toEqual({ status: 503 });
  expect(tracker.counters()).toEqual({ requests: 2, applied: [1, 1, 0] });
});

test("min_seconds waits until the audio was heard, and strikes above the number only", () => {
  const faults: Fault[] = [{ match: { min_seconds: 60 }, do: { status: 500 } }];
  const strike = trackFaults(faults).begin(TRANSCRIPTIONS);
  expect(strike({ moment: "arrival" })).toBeUndefined();
  expect(strike(READ)).toBeUndefined();
  expect(strike({ ...READ, moment: "heard", audioSeconds: 60 })).toBeUndefined();
  expect(strike({ ...READ, moment: "heard", audioSeconds: 60.1 })).toEqual({ status: 500 });
});

test("a drop strikes on arrival unless its match needs the body", () => {
  expect(trackFaults([{ do: { kind: "drop" } }]).begin("/")({ moment: "arrival" })).toEqual({ kind: "drop" });
  const byFile = trackFaults([{ match: { file: "standup" }, do: { kind: "drop" } }]).begin("/");
  expect(byFile({ moment: "arrival" })).toBeUndefined();
  expect(byFile(READ)).toEqual({ kind: "drop" });
});

test("a wrong patch is refused with the place of each mistake", () => {
  expect(patch({ faults: [{ do: { status: 99 } }] })).toMatch(/^faults\[0\]\.do\.status: /);
  expect(patch({ faults: [{ do: {} }] })).toContain("an empty `do` does nothing");
  expect(patch({ faults: [{ match: { nth: 0 }, do: { status: 429 } }] })).toMatch(/^faults\[0\]\.match\.nth/);
  expect(patch({ faults: [{ do: { kind: "explode" } }] })).toMatch(/^faults\[0\]\.do\.kind: /);
  expect(patch({ faults: [{ do: { kind: "html413", status: 500 } }] })).toContain(
    "html413 brings its own status",
  );
  expect(patch({ faults: [{ do: { status: 200, slug: "x" } }] })).toContain("belong to a JSON error");
  expect(patch({ faults: [{ do: { headers: { "bad name": "x" } } }] })).toContain("bad name");
  expect(patch({ faults: [{ do: { headers: { "x-line": "a\nb" } } }] })).toMatch(/^faults\[0\]\.do\.headers/);
  expect(patch({ faults: [{ match: { file: "a" }, do: { kind: "drop_mid_upload" } }] })).toContain(
    "before the file",
  );
  expect(patch({ limits: { max_bytes: 1 } })).toMatch(/^limits: .*max_bytes/);
  expect(patch({ flags: { fetch_mode: "post" } })).toMatch(/^flags\.fetch_mode: /);
  expect(patch({ sleep: 1 })).toContain("sleep");
  expect(patch([])).not.toBe("accepted");
});

test("a patch changes what it names and leaves the rest; reset goes back to the start", () => {
  const control = createTogetherControl();
  const faults = [{ do: { status: 429, headers: { "retry-after": 3 } } }];
  control.configure({ faults, limits: { max_url_bytes: 5 } });
  expect(control.settings().faults[0]?.do.headers).toEqual({ "retry-after": "3" });

  control.configure({ limits: { max_seconds: 9 } });
  const { limits } = control.settings();
  expect(limits).toEqual({ max_upload_bytes: 80_000_000, max_url_bytes: 5, max_seconds: 9 });
  expect(control.settings().faults).toHaveLength(1);

  control.configure({ reset: true, seconds_per_audio_minute: 2 });
  expect(control.settings()).toEqual({ ...DEFAULT_SETTINGS, seconds_per_audio_minute: 2 });
});

test("a bare 429 has the rate-limit shape the flag asks for", () => {
  const reply = faultReply({ status: 429, headers: { "X-RateLimit-Reset": "5" } }, "ray", FLAGS);
  expect(reply?.headers["x-ratelimit-reset"]).toBe("5");
  expect(JSON.parse(String(reply?.body))).toEqual({
    id: "oStub01-2kFHot-ray",
    error: { message: "Rate limit exceeded.", type: "dynamic_request_limited", param: null, code: null },
    error_type: "dynamic_request_limited",
  });
  const other = faultReply({ status: 429 }, "ray", { ...FLAGS, rate_limit_shape: "code" });
  expect(JSON.parse(String(other?.body)).error).toMatchObject({ code: "dynamic_request_limited" });
});

test("the slug sits in error.code, or in error.type when the flag says so", () => {
  const action = { kind: "json_error", slug: "audio_too_long" } as const;
  const inCode = faultReply(action, "ray", FLAGS);
  expect(inCode?.status).toBe(400);
  expect(JSON.parse(String(inCode?.body)).error).toMatchObject({
    type: "invalid_request_error",
    code: "audio_too_long",
  });
  const inType = faultReply(action, "ray", { ...FLAGS, slug_place: "type" });
  expect(JSON.parse(String(inType?.body)).error).toMatchObject({ type: "audio_too_long", code: null });
});

test("gateway statuses answer HTML, unless a slug asks for JSON", () => {
  expect(faultReply({ status: 524 }, "ray", FLAGS)?.headers["content-type"]).toBe("text/html");
  expect(faultReply({ kind: "html524" }, "ray", FLAGS)).toMatchObject({ status: 524 });
  expect(
    faultReply({ status: 504, slug: "processing_failed" }, "ray", FLAGS)?.headers["content-type"],
  ).toContain("json");
});

test("a body given in the script is sent as it is", () => {
  expect(faultReply({ status: 418, body: "short" }, "ray", FLAGS)).toMatchObject({
    status: 418,
    body: "short",
  });
  expect(faultReply({ body: { text: "scripted" } }, "ray", FLAGS)).toMatchObject({
    status: 200,
    body: '{"text":"scripted"}',
  });
});

test("a fault that only bends the ordinary answer has no reply of its own", () => {
  expect(faultReply({ kind: "cutoff" }, "ray", FLAGS)).toBeUndefined();
  expect(faultReply({ headers: { "retry-after": "9" } }, "ray", FLAGS)).toBeUndefined();
  expect(sendModeOf({ kind: "cutoff" })).toEqual({ kind: "cutoff" });
  expect(sendModeOf({ kind: "slow_body", body_seconds: 2 })).toEqual({ kind: "slow", seconds: 2 });
  expect(sendModeOf(undefined)).toEqual({ kind: "whole" });
});

test("each fault has a name for the list of calls", () => {
  expect(outcomeOf({ status: 429 })).toBe("fault:429");
  expect(outcomeOf({ kind: "cutoff" })).toBe("fault:cutoff");
  expect(outcomeOf({ kind: "json_error", slug: "audio_too_long" })).toBe("fault:audio_too_long");
  expect(outcomeOf({ delay_seconds: 1 })).toBe("fault:delay");
  expect(outcomeOf({ headers: { a: "b" } })).toBe("fault:headers");
});
