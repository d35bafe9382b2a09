import { expect, test } from "vitest";
import { isRecording, isSharedIn, type SlackFile, shareIn } from "./recording.ts";

const file = (more: Partial<SlackFile>): SlackFile => ({ id: "F1", ...more });

test.each([
  ["its MIME type", { mimetype: "audio/mpeg", filetype: "mp3", name: "a" }],
  ["a video's", { mimetype: "video/mp4", filetype: "mp4", name: "a.mp4" }],
  ["an upper-case one", { mimetype: "Audio/MP4" }],
  ["a clip's subtype", { mimetype: "application/octet-stream", subtype: "slack_audio" }],
  ["a video clip's subtype", { subtype: "slack_video" }],
  ["Slack's file type", { mimetype: "application/mp4", filetype: "m4a" }],
  [
    "its name, where the type says nothing",
    { mimetype: "application/octet-stream", filetype: "binary", name: "memo.M4A" },
  ],
  ["its name, where there is no type", { name: "call.webm" }],
])("a recording is known by %s", (_, more) => {
  expect(isRecording(file(more))).toBe(true);
});

test.each([
  ["a document", { mimetype: "application/pdf", filetype: "pdf", name: "a.pdf" }],
  ["a text that is named like a recording", { mimetype: "text/plain", filetype: "text", name: "notes.mp3" }],
  ["our own subtitles", { mimetype: "text/plain", filetype: "text", name: "talk.srt" }],
  ["a picture", { mimetype: "image/gif", filetype: "gif", name: "a.gif" }],
  ["an archive", { mimetype: "application/octet-stream", filetype: "binary", name: "talk.zip" }],
  ["a file without a name", {}],
])("%s is none", (_, more) => {
  expect(isRecording(file(more))).toBe(false);
});

test("a file's thread is that of the newest message that shares it in the channel", () => {
  const shares = {
    public: { C1: [{ ts: "9.1" }, { ts: "10.2", thread_ts: "10.1" }], C2: [{ ts: "30.0" }] },
    private: { G1: [{ ts: "4.0" }] },
  };
  expect(shareIn(file({ shares }), "C1")).toEqual({ ts: "10.2", threadTs: "10.1" });
  expect(shareIn(file({ shares }), "G1")).toEqual({ ts: "4.0", threadTs: "4.0" });
  expect(shareIn(file({ shares }), "C3")).toBeNull();
  expect(shareIn(file({}), "C1")).toBeNull();
});

test.each([
  ["its messages", { shares: { private: { D1: [{ ts: "1.1" }] } } }, true],
  ["the list of direct messages", { ims: ["D1"] }, true],
  ["the list of channels", { channels: ["C1", "D1"] }, true],
  ["the list of groups", { groups: ["D1"] }, true],
  ["nothing", { channels: ["C1"], shares: { public: { C1: [{ ts: "1.1" }] } } }, false],
])("whether a file is in a channel follows from %s", (_, more, isThere) => {
  expect(isSharedIn(file(more), "D1")).toBe(isThere);
});
