import { cleanFileName } from "../../../shared/file-name.ts";
import { MAX_UPLOAD_METADATA_CHARACTERS } from "../../../shared/limits.ts";
import { Refusal } from "../http/problem.ts";
import { parseJson } from "../http/read-body.ts";

/** The key with a job's options as JSON. With it the upload becomes a job. */
const JOB_KEY = "diarist";
const CONTENT_TYPE = /^(audio|video)\/[\w.+-]{1,90}$/;

type UploadMetadata = {
  filename: string | null;
  contentType: string;
  /** The options of the job to make, not yet checked; null: make none. */
  job: Record<string, unknown> | null;
};

/** `Upload-Metadata`: keys and base64 values; the names are those of tus-js-client's examples and of Uppy. */
export function readUploadMetadata(header: string): UploadMetadata {
  if (header.length > MAX_UPLOAD_METADATA_CHARACTERS) {
    throw new Refusal(
      "invalid_upload",
      `Upload-Metadata has more than ${MAX_UPLOAD_METADATA_CHARACTERS} characters.`,
    );
  }
  const values = decode(header);
  const filename = values.get("filename") ?? values.get("name");
  const job = values.get(JOB_KEY);
  return {
    filename: filename === undefined ? null : cleanFileName(filename),
    contentType: cleanType(values.get("filetype") ?? values.get("type")),
    job: job === undefined ? null : job === "" ? {} : parseJson(job, `Upload-Metadata: ${JOB_KEY}`),
  };
}

export function cleanType(type: string | undefined): string {
  const plain = type?.split(";")[0]?.trim().toLowerCase() ?? "";
  return CONTENT_TYPE.test(plain) ? plain : "application/octet-stream";
}

function decode(header: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of header.split(",")) {
    const [key = "", value = "", ...more] = pair.trim().split(" ");
    if (key === "" && header.trim() === "") continue;
    const isPair = key !== "" && more.length === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
    if (!isPair || values.has(key)) {
      throw new Refusal(
        "invalid_upload",
        "Upload-Metadata is no list of `key base64` pairs with commas between.",
      );
    }
    values.set(key, Buffer.from(value, "base64").toString("utf8"));
  }
  return values;
}
