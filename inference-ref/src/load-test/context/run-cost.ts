// What the run's tokens cost at the prices given: exact sums in pico-USD, converted to numbers only for statistics.
import { costPicoUsd, formatUsd, PICO_USD_PER_USD, parseUsd } from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { CallRecord } from '../measure/call-record.ts';

const errPrice = defineError('TG_LOADTEST_PRICE', 400);

/** Pico-USD per million tokens. */
export interface TokenPrices {
  readonly inputPicoUsd: bigint;
  readonly cachedInputPicoUsd: bigint;
  readonly outputPicoUsd: bigint;
  /** Of the machine itself, per hour; 0 when tokens are what is paid for. */
  readonly hourPicoUsd: bigint;
}

export interface RunCost {
  readonly totalUsd: string;
  readonly per1kCallsUsd: string | null;
  readonly per1mOutputTokensUsd: string | null;
  /** Of each measured call, in the order given; US dollars. */
  readonly perCallUsd: readonly number[];
}

/** Parses decimal dollars per million tokens (or per hour). Throws TG_LOADTEST_PRICE. */
export function parsePrices(prices: {
  readonly input?: string;
  readonly cachedInput?: string;
  readonly output?: string;
  readonly hour?: string;
}): TokenPrices | null {
  const { input, output, cachedInput, hour } = prices;
  if (input === undefined && output === undefined && hour === undefined) return null;
  const read = (text: string | undefined, fallback: string): bigint => {
    try {
      return parseUsd((text ?? fallback).replace(/^\$/, ''));
    } catch (cause) {
      throw errPrice(`"${text ?? ''}" is no price`, {
        cause,
        hint: 'give US dollars as a plain decimal, such as 0.15',
      });
    }
  };
  return {
    inputPicoUsd: read(input, '0'),
    cachedInputPicoUsd: read(cachedInput, input ?? '0'),
    outputPicoUsd: read(output, '0'),
    hourPicoUsd: read(hour, '0'),
  };
}

export function computeRunCost(calls: readonly CallRecord[], prices: TokenPrices, runMs: number): RunCost {
  const machine = (prices.hourPicoUsd * BigInt(Math.round(runMs))) / 3_600_000n;
  const share = calls.length === 0 ? 0n : machine / BigInt(calls.length);
  const costs = calls.map((call) => callPicoUsd(call, prices) + share);
  const total = costs.reduce((sum, cost) => sum + cost, 0n);
  const outputTokens = calls.reduce((sum, call) => sum + call.outputTokens, 0);
  return {
    totalUsd: formatUsd(total),
    per1kCallsUsd: calls.length === 0 ? null : formatUsd((total * 1000n) / BigInt(calls.length)),
    per1mOutputTokensUsd: outputTokens === 0 ? null : formatUsd((total * 1_000_000n) / BigInt(outputTokens)),
    perCallUsd: costs.map((cost) => Number(cost) / Number(PICO_USD_PER_USD)),
  };
}

function callPicoUsd(call: CallRecord, prices: TokenPrices): bigint {
  const cached = call.cachedInputTokens ?? 0;
  const uncached = Math.max(0, (call.inputTokens ?? 0) - cached);
  return (
    costPicoUsd(uncached, prices.inputPicoUsd) +
    costPicoUsd(cached, prices.cachedInputPicoUsd) +
    costPicoUsd(call.outputTokens, prices.outputPicoUsd)
  );
}
