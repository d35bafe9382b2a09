import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MODEL_FILE, type Model, type ModelFile } from "../../dev/models/model.ts";
import {
  FLOAT,
  floats,
  INT64,
  integers,
  type Node,
  type Tensor,
  UINT8,
  writeOnnx,
} from "../../tests/support/engine/onnx.ts";

/**
 * A recogniser in the shape of Parakeet TDT-CTC 110M: the layers of a FastConformer of that size, quantized to eight bits
 * as the published one is. Its weights are made up, so it says nothing of worth; what it costs does not depend on them.
 * Left out are the relative positions of its attention.
 */

const LAYERS = 17;
const DIM = 512;
const HEADS = 8;
const INNER = 2048;
const KERNEL = 9;
const CHANNELS = 256;
const MELS = 80;
const VOCABULARY = 1024;

export async function writeParakeetShape(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const put = async (file: string, content: Buffer | string): Promise<ModelFile> => {
    const bytes = Buffer.from(content);
    await writeFile(join(folder, file), bytes);
    return { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  };
  const tokens = Array.from(
    { length: VOCABULARY + 1 },
    (_, i) => `${i === VOCABULARY ? "<blk>" : `▁t${i}`} ${i}`,
  );
  const model: Model = {
    model: "parakeet-shape",
    languages: ["en"],
    recogniser: {
      kind: "nemo_ctc",
      model: await put("model.onnx", network()),
      tokens: await put("tokens.txt", `${tokens.join("\n")}\n`),
    },
  };
  await writeFile(join(folder, MODEL_FILE), JSON.stringify(model));
}

function network(): Buffer {
  const nodes: Node[] = [];
  const tensors: Tensor[] = [];
  let count = 0;
  const fresh = () => `v${count++}`;
  const add = (op: string, inputs: string[], attributes: Node["attributes"] = [], outputs = 1): string[] => {
    const out = Array.from({ length: outputs }, fresh);
    nodes.push({ op, in: inputs, out, attributes });
    return out;
  };
  const one = (op: string, inputs: string[], attributes: Node["attributes"] = []) =>
    add(op, inputs, attributes)[0] ?? "";
  const keep = (tensor: Tensor) => {
    tensors.push(tensor);
    return tensor.name;
  };
  const shape = (...dims: number[]) => keep(integers(fresh(), [dims.length], dims));
  const scalar = (value: number) => keep(floats(fresh(), [], [value]));
  const weights = (...dims: number[]) =>
    keep(
      floats(
        fresh(),
        dims,
        Float32Array.from({ length: product(dims) }, (_, i) => noise(i) * 0.05),
      ),
    );
  const linear = (x: string, from: number, to: number) => {
    const bytes = Uint8Array.from(
      { length: from * to },
      (_, i) => (Math.imul(i, 2_654_435_761) >>> 13) & 255,
    );
    const weight = keep({ name: fresh(), dims: [from, to], type: UINT8, bytes });
    const middle = keep({ name: fresh(), dims: [], type: UINT8, bytes: Uint8Array.of(128) });
    const [quantized = "", scale = "", zero = ""] = add("DynamicQuantizeLinear", [x], [], 3);
    const sums = one(
      "Cast",
      [one("MatMulInteger", [quantized, weight, zero, middle])],
      [{ name: "to", int: FLOAT }],
    );
    return one("Add", [one("Mul", [sums, one("Mul", [scale, scalar(0.02 / 128)])]), weights(to)]);
  };
  const norm = (x: string) =>
    one("LayerNormalization", [x, weights(DIM), weights(DIM)], [{ name: "axis", int: -1 }]);
  const swish = (x: string) => one("Mul", [x, one("Sigmoid", [x])]);
  const perm = (x: string, ...order: number[]) => one("Transpose", [x], [{ name: "perm", ints: order }]);
  const conv = (
    x: string,
    weight: string,
    group: number,
    strides: number[],
    pads: number[],
    kernel: number[],
  ) =>
    one(
      "Conv",
      [x, weight],
      [
        { name: "group", int: group },
        { name: "strides", ints: strides },
        { name: "pads", ints: pads },
        { name: "kernel_shape", ints: kernel },
      ],
    );
  const halve = (x: string) => conv(x, weights(CHANNELS, 1, 3, 3), CHANNELS, [2, 2], [1, 1, 1, 1], [3, 3]);

  const subsample = () => {
    const image = one("Unsqueeze", [perm("audio_signal", 0, 2, 1), shape(1)]);
    let x = one("Relu", [conv(image, weights(CHANNELS, 1, 3, 3), 1, [2, 2], [1, 1, 1, 1], [3, 3])]);
    for (let step = 0; step < 2; step++) {
      x = one("Relu", [conv(halve(x), weights(CHANNELS, CHANNELS, 1, 1), 1, [1, 1], [0, 0, 0, 0], [1, 1])]);
    }
    return linear(
      one("Reshape", [perm(x, 0, 2, 1, 3), shape(0, 0, (CHANNELS * MELS) / 8)]),
      (CHANNELS * MELS) / 8,
      DIM,
    );
  };
  const feed = (x: string) => {
    const inner = linear(swish(linear(norm(x), DIM, INNER)), INNER, DIM);
    return one("Add", [x, one("Mul", [inner, scalar(0.5)])]);
  };
  const attend = (x: string) => {
    const input = norm(x);
    const heads = () =>
      perm(one("Reshape", [linear(input, DIM, DIM), shape(0, 0, HEADS, DIM / HEADS)]), 0, 2, 1, 3);
    const [query, key, value] = [heads(), heads(), heads()];
    const scores = one("Mul", [one("MatMul", [query, perm(key, 0, 1, 3, 2)]), scalar((DIM / HEADS) ** -0.5)]);
    const mixed = one("MatMul", [one("Softmax", [scores], [{ name: "axis", int: -1 }]), value]);
    const joined = one("Reshape", [perm(mixed, 0, 2, 1, 3), shape(0, 0, DIM)]);
    return one("Add", [x, linear(joined, DIM, DIM)]);
  };
  const convolve = (x: string) => {
    const [signal = "", gate = ""] = add(
      "Split",
      [linear(norm(x), DIM, 2 * DIM)],
      [{ name: "axis", int: -1 }],
      2,
    );
    const gated = perm(one("Mul", [signal, one("Sigmoid", [gate])]), 0, 2, 1);
    const depthwise = conv(gated, weights(DIM, 1, KERNEL), DIM, [1], [KERNEL >> 1, KERNEL >> 1], [KERNEL]);
    return one("Add", [x, linear(perm(swish(depthwise), 0, 2, 1), DIM, DIM)]);
  };

  let x = subsample();
  for (let layer = 0; layer < LAYERS; layer++) x = norm(feed(convolve(attend(feed(x)))));
  nodes.push(
    {
      op: "LogSoftmax",
      in: [linear(x, DIM, VOCABULARY + 1)],
      out: ["logprobs"],
      attributes: [{ name: "axis", int: -1 }],
    },
    { op: "Identity", in: ["length"], out: ["unused"] },
  );
  return writeOnnx(
    {
      nodes,
      tensors,
      inputs: [
        { name: "audio_signal", type: FLOAT, shape: ["N", MELS, "T"] },
        { name: "length", type: INT64, shape: ["N"] },
      ],
      outputs: [{ name: "logprobs", type: FLOAT, shape: ["N", "T2", VOCABULARY + 1] }],
    },
    {
      model_type: "EncDecHybridRNNTCTCBPEModel",
      version: 1,
      vocab_size: VOCABULARY,
      subsampling_factor: 8,
      normalize_type: "per_feature",
    },
  );
}

function product(dims: number[]): number {
  return dims.reduce((all, dim) => all * dim, 1);
}

/** From -1 to 1, the same at each run. */
function noise(i: number): number {
  return ((Math.imul(i, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x3fffffff - 1;
}
