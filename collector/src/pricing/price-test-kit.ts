// Prices in a fresh control store, and calls to price with them, for the tests of this folder.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUsd, LlmCall } from '@tollgate/contract';
import { systemClock } from '@tollgate/service-kit/clock';
import { z } from 'zod';
import { type ControlStore, createControlStore } from '../storage/control-store.ts';
import { createPriceBook, type PriceBook } from './price-book.ts';
import { priceCall } from './price-call.ts';
import { PriceOverride } from './price-override.ts';
import { loadPrices } from './price-table.ts';

export const overrides = z.array(PriceOverride).parse([
  { provider: 'vllm', model: 'house-*', meter: 'input', unitPriceUsd: '0.2' },
  { provider: 'vllm', model: 'house-*', meter: 'output', unitPriceUsd: '0.333333333333' },
  { provider: 'openai', model: 'gpt-4.1', meter: 'input', unitPriceUsd: '1.8', source: 'contract 7' },
  { provider: 'openai', model: 'gpt-4.1', meter: 'input', unitPriceUsd: '0.9', tier: 'flex' },
  { provider: 'openai', model: 'gpt-4.1', meter: 'output', unitPriceUsd: '3.6', tier: 'flex' },
  { model: 'stepped', meter: 'input', unitPriceUsd: '1' },
  { model: 'stepped', meter: 'input', unitPriceUsd: '2', contextAboveTokens: 1000 },
  { model: 'stepped', meter: 'input', unitPriceUsd: '7', validFrom: '2027-01-01T00:00:00Z' },
]);

export async function pricesForTest(configured: readonly PriceOverride[]): Promise<{
  readonly control: ControlStore;
  readonly book: PriceBook;
  readonly close: () => Promise<void>;
}> {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-prices-'));
  const control = await createControlStore({
    location: { sqliteFile: join(directory, 'control.db') },
    clock: systemClock,
  });
  return {
    control,
    close: async () => {
      await control.close();
      rmSync(directory, { recursive: true });
    },
    book: createPriceBook(await loadPrices({ control, overrides: configured, clock: systemClock })),
  };
}

/** A call to gpt-4o-mini, answered well, unless the fields say otherwise. */
export function call(fields: Record<string, unknown>): LlmCall {
  return LlmCall.parse({
    call_id: '019a0000-0000-7000-8000-000000000001',
    sidecar_id: 'sc',
    boot_id: '019a0000-0000-7000-8000-000000000002',
    seq: 0,
    started_at: '2026-05-01T12:00:00.000000Z',
    upstream: 'u',
    api: 'openai.chat_completions',
    stream: false,
    status: 200,
    outcome: 'ok',
    usage_source: 'reported',
    duration_ms: 1,
    provider: 'openai',
    requested_model: 'gpt-4o-mini',
    ...fields,
  });
}

/** Cost as text, status, and whether the lines add up to the cost. */
export function priced(book: PriceBook, fields: Record<string, unknown>): [string | null, string, boolean] {
  const cost = priceCall(call(fields), book);
  return [
    cost.costPicoUsd === null ? null : formatUsd(cost.costPicoUsd),
    cost.status,
    cost.lines.reduce((sum, line) => sum + line.costPicoUsd, 0n) === (cost.costPicoUsd ?? 0n),
  ];
}
