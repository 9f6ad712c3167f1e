// docs/providers.md says which provider's APIs have fixtures; this holds it to what stands in the fixture files.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProviderFixtures } from '../../../test/fixtures/providers/load-provider-fixtures.ts';
import { recogniseApi } from './recognise-api.ts';
import { readRequestFacts } from './request-facts.ts';

const document = new URL('../../../docs/providers.md', import.meta.url);

/** By `provider | api`: how many fixtures are answered whole, streamed, and with a failure. */
function countFixtures(): Map<string, [whole: number, streamed: number, failed: number]> {
  const counts = new Map<string, [number, number, number]>();
  for (const fixture of loadProviderFixtures()) {
    const { provider, method, path, requestHeaders: headers, requestBody: body, expected } = fixture;
    const api = recogniseApi({ provider, method, path });
    const { stream } = readRequestFacts({ api, provider, path, headers, body });
    const count = counts.get(`${provider} | ${api}`) ?? [0, 0, 0];
    if (expected.error !== undefined && expected.error !== '') count[2] += 1;
    else count[stream ? 1 : 0] += 1;
    counts.set(`${provider} | ${api}`, count);
  }
  return counts;
}

describe('docs/providers.md', () => {
  it('lists every provider’s APIs with the number of their fixtures', () => {
    const rows = [...countFixtures()].map(([key, counts]) => `| ${key} | ${counts.join(' | ')} |`).sort();
    const written = readFileSync(document, 'utf8').split('\n');
    const from = written.findIndex((line) => line.startsWith('| provider |')) + 2;
    const table = written.slice(from).filter((line) => line.startsWith('| '));
    expect(table).toEqual(rows);
  });
});
