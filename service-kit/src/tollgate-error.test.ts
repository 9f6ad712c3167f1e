import { describe, expect, it } from 'vitest';
import { systemErrorHint } from './tollgate-error.ts';

describe('systemErrorHint', () => {
  it.each([
    ['EADDRINUSE', /COLLECTOR_PORT/],
    ['EACCES', /TOLLGATE_DATA_DIR/],
    ['EROFS', /TOLLGATE_DATA_DIR/],
    ['ENOENT', /TOLLGATE_DATA_DIR/],
    ['ENOSPC', /make room/],
  ])('says what to do about %s', (code, hint) => {
    expect(systemErrorHint(Object.assign(new Error('no'), { code }))).toMatch(hint);
  });

  it('says nothing about what it does not know', () => {
    expect([systemErrorHint(new Error('no')), systemErrorHint('no')]).toEqual([undefined, undefined]);
  });
});
