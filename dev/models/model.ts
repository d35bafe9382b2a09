/**
 * What a folder with a model says of itself, in `model.json`: which networks lie there, of which kind, with the SHA-256
 * of each. A file is loaded only after it was held against this.
 */

import { z } from "zod";

export const MODEL_FILE = "model.json";

const fileSchema = z.strictObject({
  file: z.string().regex(/^\w[\w.-]*$/, "must be a file's name, without a folder"),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
});

export type ModelFile = z.infer<typeof fileSchema>;

const recogniserSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("nemo_ctc"), model: fileSchema, tokens: fileSchema }),
  z.strictObject({
    kind: z.literal("nemo_transducer"),
    encoder: fileSchema,
    decoder: fileSchema,
    joiner: fileSchema,
    tokens: fileSchema,
  }),
]);

export const modelSchema = z.strictObject({
  /** What answers call it. */
  model: z.string().min(1).max(100),
  /** Codes of two letters. With one alone, that is the language of every answer. */
  languages: z.array(z.string().regex(/^[a-z]{2,3}$/)).min(1),
  licence: z.string().optional(),
  attribution: z.string().optional(),
  recogniser: recogniserSchema,
  /** Left out: nobody is told apart. */
  speakers: z
    .strictObject({
      segmentation: fileSchema,
      embedding: fileSchema,
      /** How far apart, from 0 to 2, two voices of one speaker may be. */
      threshold: z.number().min(0).max(2).optional(),
    })
    .optional(),
  /** In Silero's shape. Left out: Silero's own, which `npm ci` brings. */
  voice_activity: fileSchema.optional(),
});

export type Model = z.infer<typeof modelSchema>;

/** Every file of a model. */
export function filesOf({ recogniser, speakers, voice_activity }: Model): ModelFile[] {
  const own =
    recogniser.kind === "nemo_ctc"
      ? [recogniser.model, recogniser.tokens]
      : [recogniser.encoder, recogniser.decoder, recogniser.joiner, recogniser.tokens];
  return [
    ...own,
    ...(speakers ? [speakers.segmentation, speakers.embedding] : []),
    ...(voice_activity ? [voice_activity] : []),
  ];
}
