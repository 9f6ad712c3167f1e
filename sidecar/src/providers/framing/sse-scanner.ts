// Reads server-sent events from bytes cut anywhere: CR, LF, CRLF, comments, several data lines, a BOM, no last blank
// line, and the `error:` lines that some servers send. Holds one event at most.
import { createLineScanner } from './line-scanner.ts';

export interface SseEvent {
  /** The `event:` field; empty where there was none. `error` for an `error:` line. */
  readonly name: string;
  readonly data: Buffer;
}

export interface SseScanner {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
  /** True between events: at least one line came, and nothing of an event is held. */
  readonly isIdle: () => boolean;
}

const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = Buffer.from('\n');

export function createSseScanner(onEvent: (event: SseEvent) => void): SseScanner {
  let name = '';
  let data: Buffer | null = null;
  let first = true;

  function dispatch(): void {
    if (data !== null) onEvent({ name, data });
    name = '';
    data = null;
  }

  function addData(value: Buffer): void {
    data = data === null ? value : Buffer.concat([data, NEWLINE, value]);
  }

  const lines = createLineScanner((bytes, start, end, condensed) => {
    let at = start;
    if (first) {
      first = false;
      if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
    }
    if (at === end) {
      dispatch();
      return;
    }
    if (condensed) {
      addData(bytes.subarray(at, end));
      return;
    }
    const field = fieldOf(bytes, at, end);
    if (field === '') return;
    let valueAt = Math.min(end, at + field.length + 1);
    if (bytes[valueAt] === SPACE && valueAt < end) valueAt += 1;
    if (field === 'event') name = bytes.toString('utf8', valueAt, end);
    else addData(bytes.subarray(valueAt, end));
    if (field === 'error') name = 'error';
  });

  return {
    push: lines.push,
    end() {
      lines.end();
      dispatch();
    },
    isIdle() {
      return !first && data === null && name === '' && lines.isAtStart();
    },
  };
}

const FIELDS = ['data', 'event', 'error'] as const;

/** The field that a line sets, by its first byte and its colon; empty for comments and fields of no interest. */
function fieldOf(bytes: Buffer, start: number, end: number): string {
  const first = bytes[start];
  if (first !== 0x64 && first !== 0x65) return '';
  for (const field of FIELDS) {
    const after = start + field.length;
    const ended = after === end || bytes[after] === COLON;
    if (ended && after <= end && standsAt(bytes, start, field)) return field;
  }
  return '';
}

/** Byte by byte: a native call for four letters costs more than all else here. */
function standsAt(bytes: Buffer, start: number, field: string): boolean {
  for (let index = 0; index < field.length; index += 1) {
    if (bytes[start + index] !== field.charCodeAt(index)) return false;
  }
  return true;
}
