// Opens the onnxruntime library that the Node binding ships and calls its C API, for what the binding cannot do: bind
// one buffer as input and output of a run. It knows sessions' handles and no model.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineError } from '@tollgate/service-kit/tollgate-error';

export const errRuntime = defineError('TG_RUNTIME_FAILED', 500);

/** An address in this process. */
export type Handle = bigint;
export type NativeArgument = Handle | number | string | null | ArrayBufferView;

/** Functions keep their place in the table for ever; the newest one used here came with this version. */
const API_VERSION = 5;

const C_TYPES = {
  pointer: 'void *',
  int: 'int',
  size: 'size_t',
  text: 'str',
  // ORTCHAR_T: wide characters on Windows.
  path: process.platform === 'win32' ? 'str16' : 'str',
} as const;
type Parameter = keyof typeof C_TYPES;

/** Place in `OrtApi` of onnxruntime_c_api.h and parameters, of the functions that answer a status. */
const FUNCTIONS = {
  CreateEnv: [3, 'int', 'text', 'pointer'],
  CreateSession: [7, 'pointer', 'path', 'pointer', 'pointer'],
  CreateSessionOptions: [10, 'pointer'],
  EnableProfiling: [14, 'pointer', 'path'],
  SetSessionLogSeverityLevel: [22, 'pointer', 'int'],
  SetSessionGraphOptimizationLevel: [23, 'pointer', 'int'],
  SetIntraOpNumThreads: [24, 'pointer', 'int'],
  SetInterOpNumThreads: [25, 'pointer', 'int'],
  SessionGetInputCount: [30, 'pointer', 'pointer'],
  SessionGetOutputCount: [31, 'pointer', 'pointer'],
  SessionGetInputTypeInfo: [33, 'pointer', 'size', 'pointer'],
  SessionGetOutputTypeInfo: [34, 'pointer', 'size', 'pointer'],
  SessionGetInputName: [36, 'pointer', 'size', 'pointer', 'pointer'],
  SessionGetOutputName: [37, 'pointer', 'size', 'pointer', 'pointer'],
  CreateRunOptions: [39, 'pointer'],
  RunOptionsSetTerminate: [46, 'pointer'],
  CreateTensorWithDataAsOrtValue: [
    ...([49, 'pointer', 'pointer', 'size', 'pointer', 'size', 'int', 'pointer'] as const),
  ],
  CastTypeInfoToTensorInfo: [55, 'pointer', 'pointer'],
  GetTensorElementType: [60, 'pointer', 'pointer'],
  GetDimensionsCount: [61, 'pointer', 'pointer'],
  GetDimensions: [62, 'pointer', 'pointer', 'size'],
  CreateCpuMemoryInfo: [69, 'int', 'int', 'pointer'],
  AllocatorFree: [76, 'pointer', 'pointer'],
  GetAllocatorWithDefaultOptions: [78, 'pointer'],
  AddSessionConfigEntry: [130, 'pointer', 'text', 'text'],
  RunWithBinding: [133, 'pointer', 'pointer', 'pointer'],
  CreateIoBinding: [134, 'pointer', 'pointer'],
  BindInput: [136, 'pointer', 'text', 'pointer'],
  BindOutput: [137, 'pointer', 'text', 'pointer'],
} as const satisfies Readonly<Record<string, readonly [number, ...Parameter[]]>>;
export type RuntimeFunction = keyof typeof FUNCTIONS;

const RELEASES = {
  Status: 93,
  Session: 95,
  Value: 96,
  RunOptions: 97,
  TypeInfo: 98,
  SessionOptions: 100,
  IoBinding: 135,
} as const;

const GET_ERROR_MESSAGE = 2;
const TABLE_LENGTH = 1 + Math.max(...Object.values(FUNCTIONS).map(([place]) => place));

export interface RuntimeLibrary {
  readonly file: string;
  readonly version: string;
  /** Throws what the status says. */
  call(name: RuntimeFunction, ...args: readonly NativeArgument[]): void;
  /** Calls a function whose last parameter points to where its result goes, and answers that result. */
  read(name: RuntimeFunction, ...args: readonly NativeArgument[]): bigint;
  release(kind: keyof typeof RELEASES, handle: Handle): void;
  /** The text that ends with a zero at this address. */
  textAt(address: Handle): string;
  /** Where a buffer's bytes stand; they stay there as long as the buffer is referenced. */
  addressOf(memory: ArrayBuffer): Handle;
  /** Only held: it is unloaded with its last handle. */
  readonly library: unknown;
}

/** Throws where the library or koffi cannot be loaded. */
export async function openRuntimeLibrary(): Promise<RuntimeLibrary> {
  const { default: koffi } = await import('koffi');
  const file = runtimeLibraryFile();
  const library = koffi.load(file);
  const bare = (address: unknown, result: string, parameters: readonly Parameter[]) =>
    koffi.decode(
      address,
      koffi.proto(
        result,
        parameters.map((name) => C_TYPES[name]),
      ),
    );
  const base = koffi.decode(library.func('OrtGetApiBase', 'void *', [])(), 'void *', 2);
  const version: string = koffi.call(base[1], koffi.proto('str', []));
  const table = koffi.call(base[0], koffi.proto('void *', ['uint32_t']), API_VERSION);
  if (table === null) throw errRuntime(`onnxruntime ${version} has no C API of version ${API_VERSION}`);
  const places = koffi.decode(table, 'void *', TABLE_LENGTH);

  const messageOf = bare(places[GET_ERROR_MESSAGE], 'str', ['pointer']);
  const releases = mapValues(RELEASES, (place) => bare(places[place], 'void', ['pointer']));
  const functions = mapValues(FUNCTIONS, ([place, ...parameters]) =>
    bare(places[place], 'void *', parameters),
  );
  const call = (name: RuntimeFunction, ...args: readonly NativeArgument[]) => {
    const status = functions[name](...args);
    if (status === null) return;
    const message: string = messageOf(status);
    releases.Status(status);
    throw errRuntime(`${name}: ${message}`);
  };
  return {
    file,
    version,
    call,
    read(name, ...args) {
      const result = new BigUint64Array(1);
      call(name, ...args, result);
      return result[0] as bigint;
    },
    release: (kind, handle) => releases[kind](handle),
    textAt: (address) => koffi.decode.string(address),
    addressOf: (memory) => koffi.address(memory),
    library,
  };
}

const FILE_NAMES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

function runtimeLibraryFile(): string {
  const name = FILE_NAMES[process.platform];
  if (name === undefined) throw errRuntime(`onnxruntime-node ships no library for ${process.platform}`);
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch, name);
}

function mapValues<K extends string, V, R>(
  record: Readonly<Record<K, V>>,
  map: (value: V) => R,
): Record<K, R> {
  return Object.fromEntries(Object.entries<V>(record).map(([key, value]) => [key, map(value)])) as Record<
    K,
    R
  >;
}
