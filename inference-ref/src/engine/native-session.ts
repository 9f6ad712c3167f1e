// A session on the CPU through the runtime's C API: buffers are bound once and used in place, so that a run copies
// nothing and makes no object. It knows tensors and no decoder.

import { type Handle, openRuntimeLibrary, type RuntimeLibrary } from './runtime-library.ts';
import type { TensorMetadata } from './tensor-metadata.ts';
import { waitingSettings } from './waiting-settings.ts';

export interface NativeSession {
  readonly inputMetadata: readonly TensorMetadata[];
  readonly outputMetadata: readonly TensorMetadata[];
  createBinding(): NativeBinding;
  release(): void;
}

export interface NativeBinding {
  /** The memory is read, for outputs written, in place; it is kept alive as long as the binding. */
  input(name: string, tensor: BoundTensor): void;
  output(name: string, tensor: BoundTensor): void;
  run(): void;
  release(): void;
}

export interface BoundTensor {
  /** On a buffer of its own or a part of one; never shorter than `dims` say. */
  readonly memory: ArrayBufferView;
  readonly elementType: keyof typeof ELEMENT_TYPES;
  readonly dims: readonly number[];
}

export interface NativeSessionOptions {
  readonly modelFile: string;
  readonly threads: number;
}

/** ONNXTensorElementDataType. */
const ELEMENT_TYPES = { float32: 1, int64: 7, float16: 10 } as const;
const ELEMENT_BYTES = { float32: 4, int64: 8, float16: 2 } as const;
const LOG_WARNINGS = 2;
const LOG_ERRORS = 3;
const OPTIMISE_ALL = 99;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;

export async function openNativeSession(options: NativeSessionOptions): Promise<NativeSession> {
  const library = await openRuntimeLibrary();
  // The runtime keeps one environment per process, however often it is asked for.
  const environment = library.read('CreateEnv', LOG_WARNINGS, 'tollgate');
  const session = createSession(library, environment, options);
  const memoryInfo = library.read('CreateCpuMemoryInfo', ARENA_ALLOCATOR, DEFAULT_MEMORY);
  return {
    inputMetadata: readMetadata(library, session, 'Input'),
    outputMetadata: readMetadata(library, session, 'Output'),
    createBinding: () => createBinding(library, { session, memoryInfo }),
    release: () => library.release('Session', session),
  };
}

function createSession(
  library: RuntimeLibrary,
  environment: Handle,
  { modelFile, threads }: NativeSessionOptions,
): Handle {
  const settings = library.read('CreateSessionOptions');
  try {
    library.call('SetIntraOpNumThreads', settings, threads);
    library.call('SetInterOpNumThreads', settings, 1);
    library.call('SetSessionLogSeverityLevel', settings, LOG_ERRORS);
    library.call('SetSessionGraphOptimizationLevel', settings, OPTIMISE_ALL);
    for (const [name, value] of Object.entries(waitingSettings(threads))) {
      library.call('AddSessionConfigEntry', settings, `session.${name}`, value);
    }
    return library.read('CreateSession', environment, modelFile, settings);
  } finally {
    library.release('SessionOptions', settings);
  }
}

interface BindingParts {
  readonly session: Handle;
  readonly memoryInfo: Handle;
}

function createBinding(library: RuntimeLibrary, { session, memoryInfo }: BindingParts): NativeBinding {
  const binding = library.read('CreateIoBinding', session);
  const bound = new Map<string, { readonly tensor: BoundTensor; readonly value: Handle }>();
  const bind = (side: 'BindInput' | 'BindOutput', name: string, tensor: BoundTensor) => {
    const value = createTensor(library, memoryInfo, tensor);
    library.call(side, binding, name, value);
    const before = bound.get(name);
    if (before !== undefined) library.release('Value', before.value);
    bound.set(name, { tensor, value });
  };
  return {
    input: (name, tensor) => bind('BindInput', name, tensor),
    output: (name, tensor) => bind('BindOutput', name, tensor),
    run: () => library.call('RunWithBinding', session, null, binding),
    release() {
      library.release('IoBinding', binding);
      for (const { value } of bound.values()) library.release('Value', value);
      bound.clear();
    },
  };
}

function createTensor(library: RuntimeLibrary, memoryInfo: Handle, tensor: BoundTensor): Handle {
  const { memory, elementType, dims } = tensor;
  const bytes = dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[elementType]);
  if (bytes > memory.byteLength || !(memory.buffer instanceof ArrayBuffer)) {
    throw new RangeError(`a tensor of ${bytes} bytes does not fit ${memory.byteLength} bytes of memory`);
  }
  const address = library.addressOf(memory.buffer) + BigInt(memory.byteOffset);
  const shape = BigInt64Array.from(dims, BigInt);
  const type = ELEMENT_TYPES[elementType];
  return library.read(
    'CreateTensorWithDataAsOrtValue',
    ...[memoryInfo, address, bytes, shape, dims.length, type],
  );
}

function readMetadata(
  library: RuntimeLibrary,
  session: Handle,
  side: 'Input' | 'Output',
): readonly TensorMetadata[] {
  const allocator = library.read('GetAllocatorWithDefaultOptions');
  const count = Number(library.read(`SessionGet${side}Count`, session));
  return Array.from({ length: count }, (_, index) => {
    const nameAt = library.read(`SessionGet${side}Name`, session, index, allocator);
    const name = library.textAt(nameAt);
    library.call('AllocatorFree', allocator, nameAt);
    const type = library.read(`SessionGet${side}TypeInfo`, session, index);
    try {
      return readTensorType(library, name, type);
    } finally {
      library.release('TypeInfo', type);
    }
  });
}

function readTensorType(library: RuntimeLibrary, name: string, type: Handle): TensorMetadata {
  const info = library.read('CastTypeInfoToTensorInfo', type);
  if (info === 0n) return { name, isTensor: false };
  const element = Number(library.read('GetTensorElementType', info));
  const dims = new BigInt64Array(Number(library.read('GetDimensionsCount', info)));
  library.call('GetDimensions', info, dims, dims.length);
  // A dimension without a fixed size is −1.
  const shape = Array.from(dims, (dim) => (dim < 0n ? null : Number(dim)));
  return { name, isTensor: true, type: nameOfType(element), shape };
}

function nameOfType(element: number): string {
  const known = Object.entries(ELEMENT_TYPES).find(([, code]) => code === element);
  return known?.[0] ?? `type ${element}`;
}
