import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

describe('createLogger', () => {
  it('writes the named fields and never a secret', () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    createLogger({ name: 'test', destination }).info(
      { callId: 'c1', headers: { authorization: 'Bearer sk-1' }, apiKey: 'sk-2' },
      'call.completed',
    );
    const line = JSON.parse(lines.join('')) as Record<string, unknown>;
    expect(line).toMatchObject({ logger: 'test', level: 'info', message: 'call.completed', callId: 'c1' });
    expect(lines.join('')).not.toContain('sk-');
  });
});
