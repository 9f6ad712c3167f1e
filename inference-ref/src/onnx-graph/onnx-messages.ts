// The messages of an ONNX file that a decoder needs, by the field numbers of onnx.proto (IR version 10). It encodes
// what it is given and checks nothing: the graph builder decides.

import { createMessage, type EncodedMessage } from './protobuf-message.ts';

/** TensorProto.DataType */
export const elementTypeCodes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof elementTypeCodes;

export const elementBytes: Record<ElementType, number> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  float16: 2,
};

export type AttributeValue = { readonly integer: number } | { readonly float: number };

export interface GraphNode {
  readonly opType: string;
  readonly domain: '' | 'com.microsoft';
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface ExternalLocation {
  readonly fileName: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface GraphTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly elementType: ElementType;
  readonly content: Uint8Array | ExternalLocation;
}

export interface GraphValue {
  readonly name: string;
  readonly elementType: ElementType;
  /** A number is a fixed size, a string the name of a free one. */
  readonly dims: readonly (number | string)[];
}

export interface GraphModel {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly GraphTensor[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

const IR_VERSION = 10;
const OPSETS = [
  { domain: '', version: 21 },
  { domain: 'com.microsoft', version: 1 },
];

export function encodeModel(model: GraphModel): EncodedMessage {
  const graph = createMessage();
  for (const node of model.nodes) graph.message(1, encodeNode(node));
  graph.text(2, model.name);
  for (const tensor of model.initializers) graph.message(5, encodeTensor(tensor));
  for (const value of model.inputs) graph.message(11, encodeValue(value));
  for (const value of model.outputs) graph.message(12, encodeValue(value));
  const message = createMessage().integer(1, IR_VERSION).text(2, 'tollgate').message(7, graph.finish());
  for (const { domain, version } of OPSETS) {
    message.message(8, createMessage().text(1, domain).integer(2, version).finish());
  }
  for (const [key, value] of Object.entries(model.metadata)) message.message(14, encodePair(key, value));
  return message.finish();
}

export function encodeNode(node: GraphNode): EncodedMessage {
  const message = createMessage();
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output);
  message.text(3, node.name).text(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, encodeAttribute(name, value));
  }
  return message.text(7, node.domain).finish();
}

function encodeAttribute(name: string, value: AttributeValue): EncodedMessage {
  const message = createMessage().text(1, name);
  if ('float' in value) return message.float(2, value.float).integer(20, 1).finish();
  return message.integer(3, value.integer).integer(20, 2).finish();
}

export function encodeTensor(tensor: GraphTensor): EncodedMessage {
  const message = createMessage();
  for (const dim of tensor.dims) message.integer(1, dim);
  message.integer(2, elementTypeCodes[tensor.elementType]).text(8, tensor.name);
  if (tensor.content instanceof Uint8Array) return message.bytes(9, tensor.content).finish();
  const { fileName, offsetBytes, sizeBytes } = tensor.content;
  return message
    .message(13, encodePair('location', fileName))
    .message(13, encodePair('offset', String(offsetBytes)))
    .message(13, encodePair('length', String(sizeBytes)))
    .integer(14, 1)
    .finish();
}

function encodePair(key: string, value: string): EncodedMessage {
  return createMessage().text(1, key).text(2, value).finish();
}

export function encodeValue(value: GraphValue): EncodedMessage {
  const shape = createMessage();
  for (const dim of value.dims) {
    const encoded = createMessage();
    if (typeof dim === 'number') encoded.integer(1, dim);
    else encoded.text(2, dim);
    shape.message(1, encoded.finish());
  }
  const tensorType = createMessage()
    .integer(1, elementTypeCodes[value.elementType])
    .message(2, shape.finish())
    .finish();
  const type = createMessage().message(1, tensorType).finish();
  return createMessage().text(1, value.name).message(2, type).finish();
}
