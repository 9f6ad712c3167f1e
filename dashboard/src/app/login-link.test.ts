import { describe, expect, it } from 'vitest';
import { linkTarget, safeReturnPath, takeLoginToken } from './login-link.ts';

function take(hash: string) {
  const replaced: string[] = [];
  const token = takeLoginToken(
    { hash, pathname: '/calls', search: '?team=a' },
    { replaceState: (_state, _title, url) => replaced.push(String(url)) },
  );
  return { token, replaced };
}

describe('takeLoginToken', () => {
  it('reads the token and removes it from the address', () => {
    expect(take('#token=ab%2Bc')).toEqual({ token: 'ab+c', replaced: ['/calls?team=a'] });
    expect(take('#token=100%')).toEqual({ token: '100%', replaced: ['/calls?team=a'] });
  });

  it('leaves other fragments alone', () => {
    expect(take('#section')).toEqual({ token: null, replaced: [] });
    expect(take('')).toEqual({ token: null, replaced: [] });
  });
});

describe('linkTarget', () => {
  const check = (pathname: string, search: string, target: string | undefined) =>
    it(`goes on from ${pathname}${search} to ${target}`, () =>
      expect(linkTarget({ pathname, search })).toBe(target));
  check('/calls', '?team=a', '/calls?team=a');
  check('/', '', undefined);
  check('/login', '?reason=refused', undefined);
});

describe('safeReturnPath', () => {
  const check = (path: string | undefined, returned: string) =>
    it(`sends ${path} to ${returned}`, () => expect(safeReturnPath(path)).toBe(returned));
  check('/calls?team=a', '/calls?team=a');
  check('//evil.example', '/');
  check('/\\evil.example', '/');
  check('https://evil.example', '/');
  check('/login?next=/login', '/');
  check(undefined, '/');
});
