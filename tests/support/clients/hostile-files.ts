import type { TestDiarist } from "../stack/diarist.ts";
import type { FileHost } from "../stack/file-host.ts";
import { accepted, sendForm, sendJson, sendRaw } from "./send-job.ts";
import { append, begin, metadata } from "./tus.ts";

/** What a hostile script does when it runs: it puts the key of the page's user into the title. */
const SCRIPT = `document.title = "stolen " + localStorage.getItem("diarist.key")`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg"><script>${SCRIPT}</script></svg>`;

type HostileFile = { name: string; type: string; bytes: Uint8Array<ArrayBuffer> };

/** Files that a browser would run, were they served as what their sender calls them. */
export const HOSTILE_FILES: readonly HostileFile[] = [
  file("page.html", "text/html", `<!doctype html><script>${SCRIPT}</script>`),
  file("page.xhtml", "application/xhtml+xml", xhtml()),
  file("drawing.svg", "image/svg+xml", SVG),
  file("feed.xml", "text/xml", `<?xml version="1.0"?>${SVG}`),
  file("code.js", "text/javascript", SCRIPT),
  // A WAV header in front of a page: what sniffs finds both.
  file(
    "talk.wav",
    "text/html",
    `RIFF\u0024\u0000\u0000\u0000WAVEfmt <!doctype html><script>${SCRIPT}</script>`,
  ),
  file("code.mjs", "text/javascript", `RIFF="WAVE";${SCRIPT}`),
];

/** Every way in that names a type. Each gives the id of the job. */
export const DOORS: readonly { door: string; send: (to: Sending, file: HostileFile) => Promise<string> }[] = [
  {
    door: "a form",
    send: async ({ diarist }, file) => (await accepted(sendForm(diarist, [["file", blobOf(file)]]))).id,
  },
  {
    door: "the drop-in route",
    async send({ diarist }, file) {
      const body = new FormData();
      body.append("file", blobOf(file));
      const answer = await diarist.call("/v1/audio/transcriptions", { method: "POST", body });
      return answer.headers.get("x-job-id") ?? "";
    },
  },
  {
    door: "a raw body", // which takes no other type than these
    send: async ({ diarist }, { bytes, name }) =>
      (await accepted(sendRaw(diarist, bytes, { type: "audio/html", query: `?filename=${name}` }))).id,
  },
  {
    door: "tus",
    async send({ diarist }, { bytes, name, type }) {
      const said = metadata({ filename: name, filetype: type, diarist: "{}" });
      const path = await begin(diarist, bytes.byteLength, { "upload-metadata": said });
      return (await append(diarist, path, 0, bytes)).headers.get("diarist-job") ?? "";
    },
  },
  {
    door: "a URL",
    async send({ diarist, host }, { bytes, name, type }) {
      const url = host.serveBytes(name, bytes, type);
      return (await accepted(sendJson(diarist, { file: url }))).id;
    },
  },
];

type Sending = { diarist: TestDiarist; host: FileHost };

function file(name: string, type: string, text: string): HostileFile {
  return { name, type, bytes: new Uint8Array(Buffer.from(text)) };
}

function xhtml(): string {
  return `<html xmlns="http://www.w3.org/1999/xhtml"><head><script>${SCRIPT}</script></head></html>`;
}

function blobOf({ bytes, name, type }: HostileFile): File {
  return new File([bytes], name, { type });
}
