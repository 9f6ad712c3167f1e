import { readFileSync } from 'node:fs';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { formatUsd } from '@tollgate/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { CATALOGUE_VERSION, decimalOf } from './catalogue-rows.ts';
import { priceCall } from './price-call.ts';
import { call, pricesForTest } from './price-test-kit.ts';

const { book, close } = await pricesForTest([]);
afterAll(close);

describe('the catalogue', () => {
  it('is named by the version of the installed package', () => {
    const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'));
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    expect(CATALOGUE_VERSION).toBe(`genai-prices@${version}`);
  });

  it.each([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['google', 'google'],
    ['bedrock', 'aws'],
    ['xai', 'x-ai'],
    ['mistral', 'mistral'],
    ['azure', 'azure'],
  ])('agrees with the package’s own arithmetic for every %s model it can name', (provider, catalogueId) => {
    const models = findProvider({ providerId: catalogueId })?.models ?? [];
    const usage = { input_tokens: 260_000, output_tokens: 4_000 };
    let compared = 0;
    for (const model of models) {
      const timestamp = new Date('2026-05-01T12:00:00Z');
      const theirs = calcPrice(usage, model.id, { providerId: catalogueId, timestamp });
      const keys = Object.keys(theirs?.model_price ?? {});
      if (theirs === null || !keys.includes('input_mtok') || !keys.includes('output_mtok')) continue;
      const ours = priceCall(
        call({
          provider,
          requested_model: model.id,
          started_at: '2026-05-01T12:00:00Z',
          input_uncached_tokens: 260_000,
          output_text_tokens: 4_000,
        }),
        book,
      );
      expect(Number(formatUsd(ours.costPicoUsd ?? -1n)), model.id).toBeCloseTo(theirs.total_price, 9);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(10);
  });

  it.each([
    [0.15, '0.15'],
    [3, '3'],
    [1.5e-7, '0.00000015'],
    [1 / 12, '0.083333333333'],
  ])('writes %s as a decimal of twelve digits at most', (price, text) => {
    expect(decimalOf(price)).toBe(text);
  });
});
