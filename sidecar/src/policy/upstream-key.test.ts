import { describe, expect, it } from 'vitest';
import { isForeignPage } from './foreign-page.ts';
import { keyInjection } from './upstream-key.ts';
import type { Upstream } from './upstream-route.ts';

const upstream: Upstream = {
  name: 'main',
  provider: 'openai',
  origin: 'https://api.example.com',
  basePath: '',
  apiKey: 'sk-ours',
  apiKeyMode: 'fill',
};

describe('our own key', () => {
  it.each([
    [{}],
    [{ authorization: '' }],
    [{ authorization: 'Bearer none' }],
    [{ authorization: 'Bearer tollgate' }],
    [{ authorization: 'Bearer EMPTY' }],
    [{ 'x-api-key': 'none' }],
  ])('is set where the client sends none: %j', (headers) => {
    expect(keyInjection(upstream, headers)).toMatchObject({ name: 'authorization', value: 'Bearer sk-ours' });
  });

  it('gives way to the client’s, and stands above it only where it is told to', () => {
    const headers = { authorization: 'Bearer sk-theirs' };
    expect(keyInjection(upstream, headers)).toBeNull();
    expect(keyInjection({ ...upstream, apiKeyMode: 'replace' }, headers)?.value).toBe('Bearer sk-ours');
    expect(keyInjection({ ...upstream, apiKey: undefined }, {})).toBeNull();
  });
});

describe('a web page', () => {
  it.each([
    [{}, false],
    [{ 'sec-fetch-mode': 'cors' }, false],
    [{ origin: 'https://app.example.com' }, false],
    [{ origin: 'https://evil.example.com' }, true],
    [{ origin: 'null' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'none' }, false],
  ])('is told by its headers: %j', (headers, isForeign) => {
    expect(isForeignPage(headers, ['https://app.example.com'])).toBe(isForeign);
  });
});
