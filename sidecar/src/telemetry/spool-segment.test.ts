import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSegment } from './spool-segment.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-segment-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('openSegment', () => {
  it('appends and counts whole lines', () => {
    const path = join(directory, 'a');
    const segment = openSegment(path);
    segment.append(Buffer.from('one\n'));
    segment.append(Buffer.from('two\n'));
    segment.close();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(segment.bytes()).toBe(8);
  });

  it('never writes into a file that is there already', () => {
    const path = join(directory, 'b');
    openSegment(path).close();
    expect(() => openSegment(path)).toThrow(/EEXIST/);
  });
});
