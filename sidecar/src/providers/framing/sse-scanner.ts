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

  const lines = createLineScanner((line, condensed) => {
    const bom = first && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;
    first = false;
    const at = bom ? 3 : 0;
    if (line.length === at) {
      dispatch();
      return;
    }
    if (condensed) {
      addData(line);
      return;
    }
    const colon = line.indexOf(COLON, at);
    if (colon === at) return;
    const field = line.toString('latin1', at, colon < 0 ? line.length : colon);
    if (field !== 'data' && field !== 'event' && field !== 'error') return;
    const valueAt = colon < 0 ? line.length : colon + (line[colon + 1] === SPACE ? 2 : 1);
    const value = line.subarray(valueAt);
    if (field === 'event') name = value.toString('utf8');
    else addData(value);
    if (field === 'error') name = 'error';
  });

  return {
    push: lines.push,
    end() {
      lines.end();
      dispatch();
    },
  };
}
