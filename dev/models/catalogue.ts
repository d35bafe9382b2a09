/**
 * The models that `npm run models` gets: where they lie, and what they are. The hashes were read in the manifests of
 * other public projects, and not computed here: docs/decisions/016-local-engine.md says in which.
 */

import type { Model, ModelFile } from "./model.ts";

export type Download = ModelFile & { url: string };

export type CatalogueEntry = {
  name: string;
  title: string;
  downloads: Download[];
  describe(file: (name: string) => ModelFile): Model;
};

const RELEASES = "https://github.com/k2-fsa/sherpa-onnx/releases/download";
const HUGGING_FACE = "https://huggingface.co/csukuangfj";

const SEGMENTATION: Download = {
  file: "segmentation.onnx",
  url: `${HUGGING_FACE}/sherpa-onnx-pyannote-segmentation-3-0/resolve/9403a6902bb58e3d5ae8c7e77c3422de279db2e0/model.onnx`,
  bytes: 5_992_913,
  sha256: "220ad67ca923bef2fa91f2390c786097bf305bceb5e261d4af67b38e938e1079",
};
const EMBEDDING: Download = {
  file: "nemo_en_titanet_small.onnx",
  url: `${RELEASES}/speaker-recongition-models/nemo_en_titanet_small.onnx`, // spelled so there
  bytes: 40_257_283,
  sha256: "ad4a1802485d8b34c722d2a9d04249662f2ece5d28a7a039063ca22f515a789e",
};
const SPEAKERS_ATTRIBUTION = "pyannote segmentation 3.0 (MIT), NVIDIA NeMo TitaNet small (CC-BY-4.0)";

/** No commit of it is known to us: its hash alone says which it is. */
const SMALL = `${HUGGING_FACE}/sherpa-onnx-nemo-parakeet_tdt_ctc_110m-en-36000-int8/resolve/main`;
const LARGE = `${HUGGING_FACE}/sherpa-onnx-nemo-parakeet-tdt-0.6b-v3-int8/resolve/2bda32ec70b097a55adaa07d9a7173915b43cc78`;

export const CATALOGUE: CatalogueEntry[] = [
  {
    name: "small",
    title: "Parakeet TDT-CTC 110M, with speakers",
    downloads: [
      {
        file: "model.int8.onnx",
        url: `${SMALL}/model.int8.onnx`,
        bytes: 131_652_171,
        sha256: "9177a9146cf32ee0cc8152276ef95116f312018d316be37ccf57f7efea81fc1a",
      },
      {
        file: "tokens.txt",
        url: `${SMALL}/tokens.txt`,
        bytes: 9_953,
        sha256: "450e56bd2f036fe5b6aa821865838cc5aa9d8b0106134ce9a9ba0664abe6cd10",
      },
      SEGMENTATION,
      EMBEDDING,
    ],
    describe: (file) => ({
      model: "parakeet-tdt-ctc-110m-en",
      languages: ["en"],
      licence: "CC-BY-4.0",
      attribution: `NVIDIA Parakeet TDT-CTC 110M (CC-BY-4.0), ${SPEAKERS_ATTRIBUTION}`,
      recogniser: { kind: "nemo_ctc", model: file("model.int8.onnx"), tokens: file("tokens.txt") },
      speakers: { segmentation: file(SEGMENTATION.file), embedding: file(EMBEDDING.file) },
    }),
  },
  {
    name: "large",
    title: "Parakeet TDT 0.6B v3, with speakers",
    downloads: [
      {
        file: "encoder.int8.onnx",
        url: `${LARGE}/encoder.int8.onnx`,
        bytes: 652_184_281,
        sha256: "acfc2b4456377e15d04f0243af540b7fe7c992f8d898d751cf134c3a55fd2247",
      },
      {
        file: "decoder.int8.onnx",
        url: `${LARGE}/decoder.int8.onnx`,
        bytes: 11_845_275,
        sha256: "179e50c43d1a9de79c8a24149a2f9bac6eb5981823f2a2ed88d655b24248db4e",
      },
      {
        file: "joiner.int8.onnx",
        url: `${LARGE}/joiner.int8.onnx`,
        bytes: 6_355_277,
        sha256: "3164c13fc2821009440d20fcb5fdc78bff28b4db2f8d0f0b329101719c0948b3",
      },
      {
        file: "tokens.txt",
        url: `${LARGE}/tokens.txt`,
        bytes: 93_939,
        sha256: "d58544679ea4bc6ac563d1f545eb7d474bd6cfa467f0a6e2c1dc1c7d37e3c35d",
      },
      SEGMENTATION,
      EMBEDDING,
    ],
    describe: (file) => ({
      model: "parakeet-tdt-0.6b-v3",
      languages: "bg hr cs da nl en et fi fr de el hu it lv lt mt pl pt ro sk sl es sv ru uk".split(" "),
      licence: "CC-BY-4.0",
      attribution: `NVIDIA Parakeet TDT 0.6B v3 (CC-BY-4.0), ${SPEAKERS_ATTRIBUTION}`,
      recogniser: {
        kind: "nemo_transducer",
        encoder: file("encoder.int8.onnx"),
        decoder: file("decoder.int8.onnx"),
        joiner: file("joiner.int8.onnx"),
        tokens: file("tokens.txt"),
      },
      speakers: { segmentation: file(SEGMENTATION.file), embedding: file(EMBEDDING.file) },
    }),
  },
];

/** What its folder says of it. */
export function describeEntry({ describe, downloads }: CatalogueEntry): Model {
  return describe((name) => {
    const download = downloads.find(({ file }) => file === name);
    if (!download) throw new Error(`the catalogue fetches no ${name}`);
    const { file, bytes, sha256 } = download;
    return { file, bytes, sha256 };
  });
}

/** How much is fetched, in bytes. */
export function downloadBytes({ downloads }: CatalogueEntry): number {
  return downloads.reduce((sum, { bytes }) => sum + bytes, 0);
}
