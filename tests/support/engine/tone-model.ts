import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MODEL_FILE, type Model, type ModelFile } from "../../../dev/models/model.ts";
import {
  embeddingNetwork,
  recogniserNetwork,
  recogniserTokens,
  segmentationNetwork,
  voiceActivityNetwork,
} from "./tone-networks.ts";

/** Writes a model that understands tone speech into the folder. */
export async function writeToneModel(folder: string, changes: Partial<Model> = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  const put = async (file: string, content: Buffer | string): Promise<ModelFile> => {
    const bytes = Buffer.from(content);
    await writeFile(join(folder, file), bytes);
    return { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  };
  const model: Model = {
    model: "tone-speech",
    languages: ["en"],
    recogniser: {
      kind: "nemo_ctc",
      model: await put("model.onnx", recogniserNetwork()),
      tokens: await put("tokens.txt", recogniserTokens()),
    },
    speakers: {
      segmentation: await put("segmentation.onnx", segmentationNetwork()),
      embedding: await put("embedding.onnx", embeddingNetwork()),
    },
    voice_activity: await put("voice-activity.onnx", voiceActivityNetwork()),
    ...changes,
  };
  await writeFile(join(folder, MODEL_FILE), JSON.stringify(model, null, 2));
}
