/** Writes neural networks as ONNX files: the little of its protobuf format that a hand-made one needs. */

type Attribute = { name: string; int: number } | { name: string; ints: number[] };
export type Node = { op: string; in: string[]; out: string[]; attributes?: Attribute[] };
export type Tensor = { name: string; dims: number[]; type: number; bytes: Uint8Array };
/** A name stands for a length that is not fixed. */
type Port = { name: string; type: number; shape: (number | string)[] };
type Network = { nodes: Node[]; tensors: Tensor[]; inputs: Port[]; outputs: Port[] };

/** TensorProto.DataType */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT64 = 7;

const IR_VERSION = 8;
/** AttributeProto.AttributeType */
const INT_ATTRIBUTE = 2;
const INTS_ATTRIBUTE = 7;

export function floats(name: string, dims: number[], values: ArrayLike<number>): Tensor {
  return { name, dims, type: FLOAT, bytes: bytesOf(Float32Array.from(values)) };
}

export function integers(name: string, dims: number[], values: number[]): Tensor {
  return { name, dims, type: INT64, bytes: bytesOf(BigInt64Array.from(values, BigInt)) };
}

export function writeOnnx(network: Network, metadata: Record<string, string | number>, opset = 17): Buffer {
  return Buffer.concat([
    number(1, IR_VERSION),
    text(2, "hand-made"),
    message(7, [
      ...network.nodes.map((node, index) => message(1, nodeFields(node, index))),
      text(2, "network"),
      ...network.tensors.map((tensor) => message(5, tensorFields(tensor))),
      ...network.inputs.map((port) => message(11, portFields(port))),
      ...network.outputs.map((port) => message(12, portFields(port))),
    ]),
    message(8, [text(1, ""), number(2, opset)]),
    ...Object.entries(metadata).map(([key, value]) => message(14, [text(1, key), text(2, String(value))])),
  ]);
}

function nodeFields(node: Node, index: number): Uint8Array[] {
  return [
    ...node.in.map((name) => text(1, name)),
    ...node.out.map((name) => text(2, name)),
    text(3, `node${index}`),
    text(4, node.op),
    ...(node.attributes ?? []).map((attribute) => message(5, attributeFields(attribute))),
  ];
}

function attributeFields(attribute: Attribute): Uint8Array[] {
  const isOne = "int" in attribute;
  const values = isOne ? [number(3, attribute.int)] : attribute.ints.map((value) => number(8, value));
  return [text(1, attribute.name), ...values, number(20, isOne ? INT_ATTRIBUTE : INTS_ATTRIBUTE)];
}

function tensorFields({ name, dims, type, bytes }: Tensor): Uint8Array[] {
  return [...dims.map((dim) => number(1, dim)), number(2, type), text(8, name), field(9, bytes)];
}

function portFields({ name, type, shape }: Port): Uint8Array[] {
  const dims = shape.map((dim) => message(1, [typeof dim === "number" ? number(1, dim) : text(2, dim)]));
  return [text(1, name), message(2, [message(1, [number(1, type), message(2, dims)])])];
}

function number(tag: number, value: number): Uint8Array {
  return Buffer.concat([varint(BigInt(tag << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function text(tag: number, value: string): Uint8Array {
  return field(tag, Buffer.from(value));
}

function message(tag: number, fields: Uint8Array[]): Uint8Array {
  return field(tag, Buffer.concat(fields));
}

function field(tag: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(BigInt((tag << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Uint8Array.from(bytes);
}

function bytesOf(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
