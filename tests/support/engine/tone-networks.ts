/**
 * The networks that understand tone speech, each in the shape of a real one: NeMo's CTC recogniser, pyannote's
 * segmentation, wespeaker's embedding, Silero's voice activity. Their weights are written by hand.
 */

import { FLOAT, floats, INT64, integers, type Node, type Tensor, writeOnnx } from "./onnx.ts";
import { RATE, toneOf, VOICES, WORDS } from "./tone-speech.ts";

const MELS = 80;
/** By how much, as a logarithm, a word's band stands out of the mean of all. */
const LEAST_PROMINENCE = 7;

/** Every eighth frame of NeMo's features: the word whose tone stands out, or the blank. */
export function recogniserNetwork(): Buffer {
  const symbols = WORDS.length + 1;
  const weights = new Float32Array(MELS * symbols);
  const bias = new Float32Array(symbols);
  bias[symbols - 1] = LEAST_PROMINENCE;
  WORDS.forEach((word, index) => {
    for (let mel = 0; mel < MELS; mel++) weights[mel * symbols + index] = -1 / MELS;
    weights[melOf(toneOf(word)) * symbols + index] = 1 - 1 / MELS;
  });
  const { nodes, tensors } = everyNth(8, "frames", "kept");
  return writeOnnx(
    {
      nodes: [
        {
          op: "Transpose",
          in: ["audio_signal"],
          out: ["frames"],
          attributes: [{ name: "perm", ints: [0, 2, 1] }],
        },
        ...nodes,
        { op: "MatMul", in: ["kept", "weights"], out: ["product"] },
        { op: "Add", in: ["product", "bias"], out: ["scores"] },
        { op: "LogSoftmax", in: ["scores"], out: ["logprobs"], attributes: [{ name: "axis", int: -1 }] },
        { op: "Identity", in: ["length"], out: ["unused"] },
      ],
      tensors: [...tensors, floats("weights", [MELS, symbols], weights), floats("bias", [symbols], bias)],
      inputs: [
        { name: "audio_signal", type: FLOAT, shape: ["N", MELS, "T"] },
        { name: "length", type: INT64, shape: ["N"] },
      ],
      outputs: [{ name: "logprobs", type: FLOAT, shape: ["N", "T2", symbols] }],
    },
    {
      model_type: "EncDecHybridRNNTCTCBPEModel",
      version: 1,
      vocab_size: WORDS.length,
      subsampling_factor: 8,
      // The real one says per_feature, which makes a word of what is quiet throughout a short piece.
      normalize_type: "NA",
    },
  );
}

/** The tokens of that recogniser, as sherpa reads them. */
export function recogniserTokens(): string {
  return `${[...WORDS.map((word) => `▁${word}`), "<blk>"].map((token, index) => `${token} ${index}`).join("\n")}\n`;
}

/** pyannote's seven classes (nobody, one of three, two of three) from the energy at the voices' tones. */
export function segmentationNetwork(): Buffer {
  const window = 991;
  const shift = 270;
  const waves = VOICES.flatMap((hertz) =>
    [Math.cos, Math.sin].flatMap((wave) =>
      Array.from(
        { length: window },
        (_, i) => (wave((2 * Math.PI * hertz * i) / RATE) * hann(i, window) * 40) / window,
      ),
    ),
  );
  const classes = new Float32Array(6 * 7);
  for (const voice of [0, 1, 2]) for (const wave of [0, 1]) classes[(2 * voice + wave) * 7 + voice + 1] = 1;
  return writeOnnx(
    {
      nodes: [
        {
          op: "Conv",
          in: ["x", "waves"],
          out: ["heard"],
          attributes: [
            { name: "kernel_shape", ints: [window] },
            { name: "strides", ints: [shift] },
          ],
        },
        { op: "Mul", in: ["heard", "heard"], out: ["energy"] },
        { op: "Transpose", in: ["energy"], out: ["frames"], attributes: [{ name: "perm", ints: [0, 2, 1] }] },
        { op: "MatMul", in: ["frames", "classes"], out: ["product"] },
        { op: "Add", in: ["product", "bias"], out: ["scores"] },
        { op: "LogSoftmax", in: ["scores"], out: ["y"], attributes: [{ name: "axis", int: -1 }] },
      ],
      tensors: [
        floats("waves", [6, 1, window], waves),
        floats("classes", [6, 7], classes),
        floats("bias", [7], [0.5, 0, 0, 0, -50, -50, -50]),
      ],
      inputs: [{ name: "x", type: FLOAT, shape: ["N", 1, "T"] }],
      outputs: [{ name: "y", type: FLOAT, shape: ["N", "F", 7] }],
    },
    {
      num_speakers: 3,
      powerset_max_classes: 2,
      num_classes: 7,
      sample_rate: RATE,
      window_size: 10 * RATE,
      receptive_field_size: window,
      receptive_field_shift: shift,
      model_type: "pyannote-segmentation-3.0",
      version: 1,
    },
  );
}

/** A voice is which of the low bands is loudest. */
export function embeddingNetwork(): Buffer {
  const dims = 16;
  const weights = new Float32Array(MELS * dims);
  for (let band = 0; band < 2 * dims; band++) weights[band * dims + (band >> 1)] = 0.5;
  return writeOnnx(
    {
      nodes: [
        { op: "Exp", in: ["feats"], out: ["power"] },
        {
          op: "ReduceMean",
          in: ["power"],
          out: ["mean"],
          attributes: [
            { name: "axes", ints: [1] },
            { name: "keepdims", int: 0 },
          ],
        },
        { op: "MatMul", in: ["mean", "weights"], out: ["embs"] },
      ],
      tensors: [floats("weights", [MELS, dims], weights)],
      inputs: [{ name: "feats", type: FLOAT, shape: ["B", "T", MELS] }],
      outputs: [{ name: "embs", type: FLOAT, shape: ["B", dims] }],
    },
    {
      framework: "wespeaker",
      language: "none",
      url: "",
      comment: "",
      sample_rate: RATE,
      output_dim: dims,
      normalize_samples: 0,
      feature_normalize_type: "",
    },
  );
}

/** Silero takes a tone for no voice, so tone speech brings its own of Silero's shape: what is loud is speech. */
export function voiceActivityNetwork(): Buffer {
  return writeOnnx(
    {
      nodes: [
        { op: "Mul", in: ["input", "input"], out: ["power"] },
        {
          op: "ReduceMean",
          in: ["power"],
          out: ["mean"],
          attributes: [
            { name: "axes", ints: [1] },
            { name: "keepdims", int: 1 },
          ],
        },
        { op: "Mul", in: ["mean", "steep"], out: ["steeper"] },
        { op: "Sub", in: ["steeper", "least"], out: ["score"] },
        { op: "Sigmoid", in: ["score"], out: ["output"] },
        { op: "Identity", in: ["state"], out: ["stateN"] },
      ],
      tensors: [floats("steep", [], [20_000]), floats("least", [], [10])],
      inputs: [
        { name: "input", type: FLOAT, shape: ["N", "T"] },
        { name: "state", type: FLOAT, shape: [2, "N", 128] },
        { name: "sr", type: INT64, shape: [] },
      ],
      outputs: [
        { name: "output", type: FLOAT, shape: ["N", 1] },
        { name: "stateN", type: FLOAT, shape: [2, "N", 128] },
      ],
    },
    {},
  );
}

function everyNth(n: number, from: string, to: string): { nodes: Node[]; tensors: Tensor[] } {
  return {
    nodes: [{ op: "Slice", in: [from, "begin", "end", "axis", "step"], out: [to] }],
    tensors: [
      integers("begin", [1], [0]),
      integers("end", [1], [1e9]),
      integers("axis", [1], [1]),
      integers("step", [1], [n]),
    ],
  };
}

/** The band of NeMo's 80, on Slaney's mel scale, in which a tone lies. */
function melOf(hertz: number): number {
  const slaney = (f: number) => (f < 1000 ? (3 * f) / 200 : 15 + (27 * Math.log(f / 1000)) / Math.log(6.4));
  return Math.round((slaney(hertz) * (MELS + 1)) / slaney(RATE / 2)) - 1;
}

function hann(i: number, length: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1));
}
