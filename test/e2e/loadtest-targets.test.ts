// What a load test can be pointed at besides a plain server: TLS with a certificate of its own, and the ledger's recorded calls.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpendAnswer } from '@tollgate/contract';
import { spawnTimingServer } from '@tollgate/inference-ref/load-test/timing-server/spawn-timing-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCALHOST_CERTIFICATE } from '../fakes/localhost-certificate.ts';
import { startTlsFront } from '../fakes/tls-front.ts';
import { runLoadtest } from './run-loadtest.ts';
import { aroundNow, eventually, type RunningStack, startStack } from './running-stack.ts';

/** These are about what is sent where, not about how quiet the machine is. */
const LENIENT = ['--tolerance', '1000%', '--calibration', '0', '--no-prompt-scale', '--model', 'timing'];

const running: { close: () => Promise<void> }[] = [];
let serverUrl = '';
beforeAll(async () => {
  const server = await spawnTimingServer({ profile: { ttftMs: 20, gapMs: 2 } });
  running.push(server);
  serverUrl = server.url;
});
afterAll(async () => {
  for (const server of running.reverse()) await server.close();
});

describe('a server with a certificate of its own', () => {
  let url = '';
  let folder = '';
  beforeAll(async () => {
    const front = await startTlsFront(new URL(serverUrl).origin);
    running.push(front);
    url = `${front.url}/v1`;
    folder = mkdtempSync(join(tmpdir(), 'tollgate-ca-'));
    writeFileSync(join(folder, 'ca.pem'), LOCALHOST_CERTIFICATE);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (args: readonly string[]) =>
    runLoadtest({ args: ['--url', url, ...LENIENT, '--requests', '6', '--output-tokens', '5', ...args] });

  it('is refused, and the report says what is wrong and what to do', async () => {
    const { code, report, output } = await run([]);
    expect(code).toBe(1);
    expect(report?.errors_by_kind).toEqual({ tls: 6 });
    expect(output).toMatch(
      /6 × tls: DEPTH_ZERO_SELF_SIGNED_CERT.*\(trust .* with --ca <file>, or .* --insecure\)/,
    );
  });

  it('is measured once it is trusted with --ca, or anything is with --insecure', async () => {
    for (const args of [['--ca', join(folder, 'ca.pem')], ['--insecure']]) {
      const { code, report, output } = await run(args);
      expect(code, output).toBe(0);
      expect(report).toMatchObject({ requests: 6, errors: 0, tokens: { output: 30 } });
    }
  });
});

describe('the calls that the ledger recorded', () => {
  let stack: RunningStack;
  beforeAll(async () => {
    stack = await startStack({
      args: ['--no-inference'],
      config: {
        upstreams: [{ name: 'main', provider: 'openai', baseUrl: new URL(serverUrl).origin, default: true }],
      },
    });
  });
  afterAll(async () => {
    await stack.stop();
  });

  it('are sent again at their times and with their lengths', async () => {
    // The scrapes of the server's metrics would be calls in the ledger too.
    const target = ['--url', `${stack.sidecar}/v1`, ...LENIENT, '--no-server-metrics'];
    const load = [
      '--rate',
      '10',
      '--requests',
      '12',
      '--input-tokens',
      'uniform:20-80',
      '--output-tokens',
      'uniform:2-30',
    ];
    const first = await runLoadtest({ args: [...target, ...load] });
    expect(first.report?.errors, first.output).toBe(0);
    const range = aroundNow();
    await eventually(
      () => stack.query<SpendAnswer>('spend', { ...range, group_by: 'model' }),
      ({ completeness }) => completeness.stored === 12,
      10_000,
    );
    const ledger = ['--trace', 'ledger', '--collector', stack.dashboard, '--token', stack.token];
    const times = ['--trace-from', range.from, '--trace-to', range.to];
    const again = await runLoadtest({ args: [...target, ...ledger, ...times] });
    expect(again.report, again.output).toMatchObject({ requests: 12, errors: 0, load: { shape: 'trace' } });

    const lengths = (result: typeof first) => result.calls.map(({ outputTokens }) => outputTokens);
    expect(lengths(again)).toEqual(lengths(first));
    // The ledger's clock is the sidecar's: it starts a call a little after the client sent it.
    for (const [index, call] of again.calls.entries())
      expect(Math.abs(call.scheduledMs - 100 * index)).toBeLessThan(90);
  });

  it('are not there when nothing was recorded then', async () => {
    const ledger = ['--trace', 'ledger', '--collector', stack.dashboard, '--token', stack.token];
    const times = ['--trace-from', '2020-01-01T00:00:00Z', '--trace-to', '2020-01-02T00:00:00Z'];
    const { code, output } = await runLoadtest({
      args: ['--url', serverUrl, ...LENIENT, ...ledger, ...times],
    });
    expect(output).toMatch(/holds no call of that time\nwiden --trace-from/);
    expect(code).toBe(4);
  });
});
