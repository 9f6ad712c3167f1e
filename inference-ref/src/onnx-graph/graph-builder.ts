// Gathers the nodes, inputs and outputs of one graph and gives every node and value a readable name. It knows no
// model: what the nodes mean is the caller's business.

import type { AttributeValue, ElementType, GraphNode, GraphValue } from './onnx-messages.ts';

export interface NodeOptions {
  /** The node's name; its first output is `<name>/output`. */
  readonly name: string;
  readonly inputs: readonly string[];
  /** Names of the outputs, where the default single one will not do; '' leaves one out. */
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface GraphBuilder {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** An operator of the ONNX standard; answers its first output. */
  standard(opType: string, node: NodeOptions): string;
  /** An operator of onnxruntime's `com.microsoft` domain; answers its first output. */
  contrib(opType: string, node: NodeOptions): string;
  input(name: string, elementType: ElementType, dims: readonly (number | string)[]): string;
  output(name: string, elementType: ElementType, dims: readonly (number | string)[]): void;
  /** Calls a value otherwise, wherever it is made and used so far. */
  rename(value: string, name: string): void;
}

export function createGraphBuilder(): GraphBuilder {
  let nodes: GraphNode[] = [];
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const add = (domain: GraphNode['domain'], opType: string, node: NodeOptions): string => {
    const first = `${node.name}/output`;
    nodes.push({
      opType,
      domain,
      name: node.name,
      inputs: node.inputs,
      outputs: node.outputs ?? [first],
      attributes: node.attributes ?? {},
    });
    return node.outputs?.[0] ?? first;
  };
  return {
    get nodes() {
      return nodes;
    },
    inputs,
    outputs,
    standard: (opType, node) => add('', opType, node),
    contrib: (opType, node) => add('com.microsoft', opType, node),
    input(name, elementType, dims) {
      inputs.push({ name, elementType, dims });
      return name;
    },
    output: (name, elementType, dims) => outputs.push({ name, elementType, dims }),
    rename(value, name) {
      const renamed = (names: readonly string[]) => names.map((each) => (each === value ? name : each));
      nodes = nodes.map((node) => ({
        ...node,
        inputs: renamed(node.inputs),
        outputs: renamed(node.outputs),
      }));
    },
  };
}
