// Copies JSON of any size while leaving out what nobody reads: vectors, images, log probabilities, echoed tools, the tails
// of long strings and lists. What comes out is valid JSON of bounded size; where even that is too large, nothing does.

/** Members whose values are bulk without meaning for metering; they become null. */
const BULKY_KEYS: ReadonlySet<string> = new Set([
  'embedding',
  'embeddings',
  'values',
  'logprobs',
  'top_logprobs',
  'prompt_logprobs',
  'logprobsResult',
  'token_ids',
  'prompt_token_ids',
  'tokens',
  'context',
  'b64_json',
  'partial_image_b64',
  'encrypted_content',
  'bytes',
  'prefill',
  'words',
  'segments',
  'tools',
  'instructions',
]);
const STRING_BYTES = 32 * 1024;
/** Of a list, and of an object within another's member: usage stands above these, and often last. */
const LIST_BYTES = 32 * 1024;
const OBJECT_BYTES = 128 * 1024;
const OUTPUT_BYTES = 256 * 1024;
const KEY_BYTES = 24;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Escape state right after the backslash; 4 to 1 are the digits left of `\\uXXXX`. */
const ESCAPE_START = 5;

export interface JsonCondenser {
  readonly push: (bytes: Buffer) => void;
  /** The condensed JSON, or null where it outgrew its bound. */
  readonly take: () => Buffer | null;
}

interface State {
  out: Buffer;
  length: number;
  overflow: boolean;
  /** One entry an open container: true for an object. */
  readonly stack: boolean[];
  expectKey: boolean;
  inString: boolean;
  isKey: boolean;
  key: string;
  stringBytes: number;
  /** Bytes left of the escape that is being read. */
  escapeLeft: number;
  /** Where in `out` each open container began. */
  readonly starts: number[];
  /** Depth of the container whose rest is left out; -1 while there is none. */
  restDepth: number;
  /** Depth at which a skipped value began; -1 while nothing is skipped. */
  skipDepth: number;
  dropNext: boolean;
}

export function createJsonCondenser(): JsonCondenser {
  const state: State = {
    out: Buffer.allocUnsafe(16 * 1024),
    length: 0,
    overflow: false,
    stack: [],
    expectKey: false,
    inString: false,
    isKey: false,
    key: '',
    stringBytes: 0,
    escapeLeft: 0,
    starts: [],
    restDepth: -1,
    skipDepth: -1,
    dropNext: false,
  };
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length && !state.overflow; at += 1) {
        const byte = bytes[at] ?? 0;
        if (state.inString) stringByte(state, byte);
        else structureByte(state, byte);
      }
    },
    take: () => (state.overflow ? null : state.out.subarray(0, state.length)),
  };
}

function stringByte(state: State, byte: number): void {
  if (state.escapeLeft > 0) {
    state.escapeLeft = state.escapeLeft === ESCAPE_START && byte === 0x75 ? 4 : (state.escapeLeft - 1) % 4;
    emitStringByte(state, byte);
    return;
  }
  if (byte === QUOTE) {
    endString(state);
    return;
  }
  if (state.stringBytes >= STRING_BYTES) state.stringBytes = Number.POSITIVE_INFINITY;
  if (byte === BACKSLASH) state.escapeLeft = ESCAPE_START;
  emitStringByte(state, byte);
}

function emitStringByte(state: State, byte: number): void {
  if (state.isKey && state.key.length < KEY_BYTES) state.key += String.fromCharCode(byte);
  if (state.stringBytes === Number.POSITIVE_INFINITY) return;
  state.stringBytes += 1;
  emit(state, byte);
}

function endString(state: State): void {
  state.inString = false;
  emit(state, QUOTE);
  if (!state.isKey) return;
  state.isKey = false;
  state.expectKey = false;
  state.dropNext = state.skipDepth < 0 && BULKY_KEYS.has(state.key);
}

function structureByte(state: State, byte: number): void {
  if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
  const { stack } = state;
  // What stands before the document, such as a field's name, is no part of it.
  if (stack.length === 0 && byte !== 0x7b && byte !== 0x5b) return;
  if (byte === 0x2c) {
    endSkipAt(state, stack.length);
    state.expectKey = stack.at(-1) === true;
    if (isFull(state)) state.restDepth = stack.length;
    emit(state, byte);
    return;
  }
  if (byte === 0x7d || byte === 0x5d) {
    endSkipAt(state, stack.length);
    if (state.restDepth === stack.length) state.restDepth = -1;
    stack.pop();
    state.starts.pop();
    state.expectKey = false;
    emit(state, byte);
    return;
  }
  if (byte === 0x3a) {
    emit(state, byte);
    if (state.dropNext) beginSkip(state);
    return;
  }
  emit(state, byte);
  if (byte === QUOTE) {
    state.inString = true;
    state.stringBytes = 0;
    state.isKey = state.expectKey;
    if (state.isKey) state.key = '';
  } else if (byte === 0x7b || byte === 0x5b) {
    stack.push(byte === 0x7b);
    state.starts.push(state.length);
    state.expectKey = byte === 0x7b;
  }
}

function beginSkip(state: State): void {
  state.dropNext = false;
  for (const byte of Buffer.from('null')) emit(state, byte);
  state.skipDepth = state.stack.length;
}

/** A list below the root, or an object below a member of the root, that has had its share. */
function isFull({ stack, starts, length, restDepth }: State): boolean {
  const isObject = stack.at(-1) === true;
  if (restDepth >= 0 || stack.length < (isObject ? 3 : 2)) return false;
  return length - (starts.at(-1) ?? 0) > (isObject ? OBJECT_BYTES : LIST_BYTES);
}

function endSkipAt(state: State, depth: number): void {
  if (state.skipDepth === depth) state.skipDepth = -1;
}

function emit(state: State, byte: number): void {
  if (state.skipDepth >= 0 || state.restDepth >= 0) return;
  if (state.length === state.out.length) {
    if (state.length >= OUTPUT_BYTES) {
      state.overflow = true;
      state.out = Buffer.alloc(0);
      return;
    }
    const larger = Buffer.allocUnsafe(state.length * 2);
    state.out.copy(larger, 0, 0, state.length);
    state.out = larger;
  }
  state.out[state.length] = byte;
  state.length += 1;
}
