import { LlmCall, TollgateEvent } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { encodeCall, encodeEvent } from './encode-event.ts';
import type { FinishedCall } from './event-kinds.ts';

const BOOT = '01890000-0000-7000-8000-000000000000';
const identity = { sidecarId: 'host "a"', bootId: BOOT, seq: 0 };

const least: FinishedCall = LlmCall.parse({
  call_id: BOOT,
  sidecar_id: identity.sidecarId,
  boot_id: BOOT,
  seq: 0,
  started_at: '2026-01-31T12:00:00.123456Z',
  provider: '',
  upstream: '',
  api: 'unknown',
  stream: false,
  status: 0,
  outcome: 'ok',
  usage_source: 'none',
  duration_ms: 0,
});

/** A value for every member that is not the contract's default. */
const fullest: FinishedCall = Object.fromEntries(
  Object.entries(least).map(([name, value], index) => [name, filled(name, value, index)]),
) as unknown as FinishedCall;

function filled(name: string, value: unknown, index: number): unknown {
  if (name === 'tags') return { 'k"1': 'v\n' };
  if (name === 'billed_tools') return { web_search: 2 };
  if (name === 'prefix_digests') return ['ab', 'cd'];
  if (typeof value === 'boolean') return true;
  if (name.endsWith('_pct')) return 50.5;
  if (value === null && (name.endsWith('_tokens') || name.endsWith('_bytes'))) return index;
  if (value === null || name.endsWith('_ms')) return index + 0.125;
  if (value === 0) return index + 1;
  return value === '' ? `text "${index}" é\n` : value;
}

function decode(line: string): unknown {
  const { kind, ...call } = TollgateEvent.parse(JSON.parse(line));
  expect(kind).toBe('llm_call');
  return call;
}

describe('encodeCall', () => {
  it('leaves out only what the contract fills in again', () => {
    expect(decode(encodeCall(least, identity))).toEqual(least);
  });

  it('carries every member of the contract', () => {
    const call = { ...fullest, provider: 'openai', status: 200 };
    expect(decode(encodeCall(call, identity))).toEqual({ ...call, seq: 0, sidecar_id: identity.sidecarId });
  });

  it('starts with the kind and holds no line feed', () => {
    const line = encodeCall({ ...fullest, provider: 'openai', status: 200 }, identity);
    expect(line.startsWith('{"kind":"llm_call"')).toBe(true);
    expect(line).not.toContain('\n');
  });
});

describe('encodeEvent', () => {
  it('puts the kind first', () => {
    const line = encodeEvent({
      sidecar_id: 's',
      boot_id: BOOT,
      reported_at: '2026-01-31T12:00:00Z',
      booted_at: '2026-01-31T12:00:00Z',
      version: '1',
      calls_seen: 1,
      calls_dropped: 0,
      calls_spooled: 0,
      kind: 'sidecar_report',
    });
    expect(line.startsWith('{"kind":"sidecar_report"')).toBe(true);
  });
});
