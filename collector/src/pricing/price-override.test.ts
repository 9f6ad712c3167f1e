import { formatUsd } from '@tollgate/contract';
import { systemClock } from '@tollgate/service-kit/clock';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CATALOGUE_VERSION } from './catalogue-rows.ts';
import { createPriceBook } from './price-book.ts';
import { priceCall } from './price-call.ts';
import { overrideVersion, PriceOverride } from './price-override.ts';
import { loadPrices } from './price-table.ts';
import { call, overrides, priced, pricesForTest } from './price-test-kit.ts';

const { book, control, close } = await pricesForTest(overrides);
afterAll(close);

function check(fields: Record<string, unknown>, cost: string | null, status: string) {
  expect(priced(book, fields)).toEqual([cost, status, true]);
}

describe('prices from the configuration', () => {
  it('names the version of every price it used', () => {
    const versionOf = (fields: Record<string, unknown>) => priceCall(call(fields), book).priceVersion;
    expect(versionOf({ input_uncached_tokens: 1 })).toBe(CATALOGUE_VERSION);
    expect(versionOf({ requested_model: 'gpt-4.1', input_uncached_tokens: 1, output_text_tokens: 1 })).toBe(
      `${overrideVersion(overrides)}+${CATALOGUE_VERSION}`,
    );
  });

  it('stand above the catalogue meter by meter', () => {
    const usage = { input_uncached_tokens: 1_000_000, output_text_tokens: 1_000_000 };
    check({ requested_model: 'gpt-4.1', ...usage }, '9.8', 'exact');
  });

  it('price a self-hosted model, rounding each line once', () => {
    check(
      { provider: 'vllm', requested_model: 'House-7B', input_uncached_tokens: 3, output_text_tokens: 1 },
      '0.000000933333',
      'exact',
    );
  });

  it('leave a cached read without a price out, and say so', () => {
    check(
      {
        provider: 'vllm',
        requested_model: 'house-7b',
        input_uncached_tokens: 1_000_000,
        input_cache_read_tokens: 5,
      },
      '0.2',
      'partial',
    );
  });

  it('hold for the tier they name', () => {
    check(
      {
        requested_model: 'gpt-4.1',
        service_tier: 'flex',
        input_uncached_tokens: 1_000_000,
        output_text_tokens: 1_000_000,
      },
      '4.5',
      'exact',
    );
    check(
      { requested_model: 'gpt-4.1', service_tier: 'default', input_uncached_tokens: 1_000_000 },
      '1.8',
      'exact',
    );
  });

  it('step with the length of the prompt and with time', () => {
    check({ requested_model: 'stepped', input_uncached_tokens: 1000 }, '0.001', 'exact');
    check({ requested_model: 'stepped', input_uncached_tokens: 1001 }, '0.002002', 'exact');
    check(
      { requested_model: 'stepped', input_uncached_tokens: 1000, started_at: '2027-01-01T00:00:00Z' },
      '0.007',
      'exact',
    );
  });

  it('are found by any spelling of a tier and of a model', async () => {
    const spelt = await pricesForTest(
      z.array(PriceOverride).parse([
        { provider: 'openai', model: 'gpt-4.1', meter: 'input', unitPriceUsd: '1.5', tier: 'default' },
        { provider: 'openai', model: 'gpt-4.1', meter: 'input', unitPriceUsd: '0.5', tier: 'Flex' },
        { provider: 'google', model: 'models/Gemini-2.5-pro', meter: 'input', unitPriceUsd: '1' },
      ]),
    );
    const usage = { requested_model: 'gpt-4.1', input_uncached_tokens: 1_000_000 };
    expect(priced(spelt.book, usage)).toEqual(['1.5', 'exact', true]);
    expect(priced(spelt.book, { ...usage, service_tier: 'flex' })).toEqual(['0.5', 'exact', true]);
    const gemini = { provider: 'google', requested_model: 'models/gemini-2.5-pro' };
    expect(priced(spelt.book, { ...gemini, input_uncached_tokens: 100_000 })).toEqual(['0.1', 'exact', true]);
    await spelt.close();
  });

  it('do not hide the requested model where the answered one is unknown', async () => {
    const fee = { model: '*', meter: 'request', unitPriceUsd: '0.01', perUnits: 1 };
    const withFee = await pricesForTest(
      z
        .array(PriceOverride)
        .parse([fee, { provider: 'vllm', model: 'house-*', meter: 'input', unitPriceUsd: '0.2' }]),
    );
    const answered = { response_model: 'unheard-of', input_uncached_tokens: 1_000_000 };
    expect(priced(withFee.book, answered)).toEqual(['0.16', 'exact', true]);
    const house = { provider: 'vllm', requested_model: 'house-1', ...answered };
    expect(priced(withFee.book, house)).toEqual(['0.21', 'exact', true]);
    await withFee.close();
  });

  it('give way to a later one for the same price', async () => {
    const twice = [...overrides, ...overrides.slice(0, 1).map((price) => ({ ...price, unitPriceUsd: '9' }))];
    const later = createPriceBook(await loadPrices({ control, overrides: twice, clock: systemClock }));
    const usage = { provider: 'vllm', requested_model: 'house-1', input_uncached_tokens: 1_000_000 };
    expect(priced(later, usage)).toEqual(['9', 'exact', true]);
    await control.db.deleteFrom('model_prices').where('version', '=', overrideVersion(twice)).execute();
  });

  it('keep a version for each set of prices', async () => {
    const changed = overrides.map((price, index) =>
      index === 0 ? { ...price, unitPriceUsd: '0.4' } : price,
    );
    const dearer = createPriceBook(await loadPrices({ control, overrides: changed, clock: systemClock }));
    const cost = priceCall(
      call({ provider: 'vllm', requested_model: 'house-1', input_uncached_tokens: 1_000_000 }),
      dearer,
    );
    expect(formatUsd(cost.costPicoUsd ?? -1n)).toBe('0.4');
    const kept = await control.db.selectFrom('model_prices').select('version').distinct().execute();
    expect(kept.map((row) => row.version).sort()).toEqual(
      [CATALOGUE_VERSION, overrideVersion(changed), overrideVersion(overrides)].sort(),
    );
  });
});

describe('a price that could never hold', () => {
  const price = { model: 'gpt-4o', meter: 'input', unitPriceUsd: '1' };
  it.each([
    ['a provider that no call names', { provider: 'OpenAI' }, 'provider'],
    [
      'an end before its start',
      { validFrom: '2027-01-01T00:00:00Z', validTo: '2026-01-01T00:00:00Z' },
      'validTo',
    ],
    ['no time at all', { validFrom: '2027-01-01T00:00:00Z', validTo: '2027-01-01T00:00:00.000Z' }, 'validTo'],
  ])('is refused: %s', (_, fields, path) => {
    const { error } = PriceOverride.safeParse({ ...price, ...fields });
    expect(error?.issues.map((issue) => issue.path)).toEqual([[path]]);
  });

  it('is told from one that holds for a while', () => {
    const period = { validFrom: '2026-01-01T00:00:00Z', validTo: '2026-02-01T00:00:00Z' };
    expect(PriceOverride.parse({ ...price, ...period })).toMatchObject(period);
  });
});

describe('a price from the configuration that begins at a context step', async () => {
  const step = { meter: 'input', unitPriceUsd: '9', contextAboveTokens: 100_000 };
  const { book: stepped, close: closeStepped } = await pricesForTest(
    z.array(PriceOverride).parse([
      { provider: 'openai', model: 'gpt-4o*', ...step },
      { provider: 'google', model: 'gemini-2.5-pro', ...step },
      { provider: 'groq', model: 'llama-3.3-70b-versatile', ...step, meter: 'cache_read' },
      { provider: 'openai', model: 'gpt-4.1', ...step, tier: 'flex' },
      { model: 'own-*', meter: 'input', unitPriceUsd: '1' },
      { provider: 'vllm', model: 'own-1', ...step },
      { provider: 'vllm', model: 'bare', ...step },
    ]),
  );
  afterAll(closeStepped);
  const gpt4o = { requested_model: 'gpt-4o-2024-08-06' };
  const gemini = { provider: 'google', requested_model: 'gemini-2.5-pro' };
  const llama = { provider: 'groq', requested_model: 'llama-3.3-70b-versatile' };

  it.each<[string, Record<string, unknown>, string | null, string]>([
    ['its own price above it', { ...gpt4o, input_uncached_tokens: 100_001 }, '0.900009', 'exact'],
    ['the catalogue’s below it', { ...gpt4o, input_uncached_tokens: 100_000 }, '0.25', 'exact'],
    [
      'its own price above a higher step of the catalogue',
      { ...gemini, input_uncached_tokens: 300_000 },
      '2.7',
      'exact',
    ],
    [
      'another meter’s where that stands in',
      { ...llama, input_cache_read_tokens: 100_000 },
      '0.059',
      'exact',
    ],
    [
      'the standard tier’s where its tier has none, and says so',
      { requested_model: 'gpt-4.1', service_tier: 'flex', input_uncached_tokens: 100_000 },
      '0.2',
      'partial',
    ],
    [
      'another override’s below it',
      { provider: 'vllm', requested_model: 'own-1', input_uncached_tokens: 100_000 },
      '0.1',
      'exact',
    ],
    [
      'none where nobody names one',
      { provider: 'vllm', requested_model: 'bare', input_uncached_tokens: 100_000 },
      null,
      'unpriced',
    ],
  ])('means %s', (_, fields, cost, status) => {
    expect(priced(stepped, fields)).toEqual([cost, status, true]);
  });
});
