// `tollgate loadtest` from outside: exit codes, model comparison, the page in a browser, the brief's tests.
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawnTimingServer } from '@tollgate/inference-ref/load-test/timing-server/spawn-timing-server';
import type { TimingProfile } from '@tollgate/inference-ref/load-test/timing-server/timing-profile';
import type { TimingServer } from '@tollgate/inference-ref/load-test/timing-server/timing-server';
import { chromium } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { runLoadtest } from './run-loadtest.ts';

const servers: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
async function serve(profile: Partial<TimingProfile>): Promise<TimingServer> {
  const server = await spawnTimingServer({ profile });
  servers.push(server);
  return server;
}

/** These are about verdicts, not about how quiet the machine is: the certificate has tests of its own. */
const LENIENT = ['--tolerance', '1000%', '--calibration', '0', '--no-prompt-scale'];
const target = (url: string): string[] => ['--url', url, '--model', 'timing', ...LENIENT];

describe('exit codes', () => {
  const check = (name: string, code: number, args: readonly string[], verdict?: string): void => {
    it(`${code} when ${name}`, async () => {
      const { url } = await serve({ ttftMs: 100, gapMs: 5 });
      const result = await runLoadtest({
        args: [...target(url), '--concurrency', '10', '--output-tokens', '5', ...args],
      });
      expect(result.code, result.output).toBe(code);
      expect(result.report?.verdict).toBe(verdict);
    });
  };
  check(
    'the objectives are met',
    0,
    ['--requests', '80', '--objective', 'ttft.p95<5s', '--objective', 'goodput>=0.95'],
    'PASS',
  );
  check('one is missed', 1, ['--requests', '80', '--objective', 'ttft.p95<20ms'], 'FAIL');
  check('more requests are needed', 3, ['--requests', '80', '--objective', 'ttft.p99<5s'], 'INCONCLUSIVE');
  check('an option is wrong', 2, ['--requests', 'many']);
  check('an objective is wrong', 2, ['--objective', 'speed<1']);

  it('4 when cached prompts were not declared', async () => {
    const { url } = await serve({ ttftMs: 50, gapMs: 5, cachedTokens: 64 });
    const args = [...target(url), '--requests', '20', '--concurrency', '5', '--output-tokens', '5'];
    expect((await runLoadtest({ args })).code).toBe(4);
    expect((await runLoadtest({ args: [...args, '--no-nonce'] })).code).toBe(0);
  });

  /** Answers each call at once and tells how many there were. */
  async function serveAndCount(onCall: (calls: number) => void): Promise<string> {
    let calls = 0;
    const server = createServer((request, response) => {
      request.resume();
      if (request.method !== 'POST') return response.writeHead(404).end();
      calls += 1;
      onCall(calls);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.end('data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
    servers.push({ close });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  it('3 when a run is interrupted, and says how much of it there was', async () => {
    let child: ChildProcess | undefined;
    const url = await serveAndCount((calls) => calls === 20 && child?.kill('SIGINT'));
    const result = await runLoadtest({
      args: [...target(url), '--duration', '600s'],
      whileRunning: (started) => {
        child = started;
        return () => {};
      },
    });
    expect(result.code, result.output).toBe(3);
    expect(result.output).toMatch(/INCONCLUSIVE: interrupted after [\d.]+ s of 600 s/);
    expect(result.report).toMatchObject({ verdict: 'INCONCLUSIVE', cut_short: { cause: 'interrupted' } });
  });

  it('130 when it is interrupted before the load began, and no call is made', async () => {
    let calls = 0;
    const url = await serveAndCount((count) => (calls = count));
    const result = await runLoadtest({
      args: ['--url', url, '--model', 'm', '--no-prompt-scale', '--duration', '600s'],
      whileRunning: (child) => {
        child.stderr?.on('data', (text: Buffer) => {
          if (text.includes('calibrating')) child.kill('SIGINT');
        });
        return () => {};
      },
    });
    expect(result.code, result.output).toBe(130);
    expect(result.report).toBeNull();
    expect(calls).toBe(0);
  });

  it('1 when nothing ever answers, long before the load is through', async () => {
    const result = await runLoadtest({
      args: [...target('http://127.0.0.1:9/v1'), '--requests', '100000', '--concurrency', '4'],
    });
    expect(result.code, result.output).toBe(1);
    expect(result.report?.requests_total).toBeLessThan(40);
    expect(result.report).toMatchObject({
      cut_short: { cause: 'hopeless' },
      certificate: { status: 'not_applicable' },
    });
  });

  it('1 when nothing answers', async () => {
    const result = await runLoadtest({ args: [...target('http://127.0.0.1:9/v1'), '--requests', '5'] });
    expect(result.code).toBe(1);
    expect(result.report?.errors_by_kind).toEqual({ connect_refused: 5 });
  });
});

describe('model comparison', () => {
  it('lines up models with one command', async () => {
    const { url } = await serve({ ttftMs: 30, gapMs: 2 });
    const args = [
      '--url',
      url,
      ...LENIENT,
      '--compare',
      'small,large',
      '--requests',
      '40',
      '--blocks',
      '4',
      '--output-tokens',
      '4',
    ];
    const { report } = await runLoadtest({ args });
    expect(report?.comparison?.arms.map(({ name, requests, errors }) => [name, requests, errors])).toEqual([
      ['small', 40, 0],
      ['large', 40, 0],
    ]);
  });
});

describe("the brief's tests", () => {
  const check = (name: string, args: readonly string[], expected: object): void => {
    it(`${name} with one command`, async () => {
      const { url } = await serve({ ttftMs: 30, gapMs: 2 });
      const { report } = await runLoadtest({ args: [...target(url), '--output-tokens', '5', ...args] });
      expect(report).toMatchObject({ errors: 0, ...expected });
      expect(report?.windows.reduce((sum, window) => sum + window.finished, 0)).toBe(report?.requests_total);
    });
  };
  check('latency', ['--test', 'latency'], { requests: 100, window_ms: 1000 });
  check('throughput', ['--test', 'throughput', '--duration', '6s', '--ramp-up', '1s'], {
    load: { shape: 'closed' },
  });
  check(
    'users',
    ['--test', 'users', '--users', '5', '--duration', '6s', '--ramp-up', '1s', '--think-time', '500ms'],
    { load: { shape: 'users' }, window_ms: 10_000 },
  );
  check('several workers', ['--requests', '90', '--concurrency', '9', '--workers', '3'], {
    requests: 90,
    certificate: { client: { workers: 3 } },
  });
});

const CHROMIUM = '/usr/bin/chromium';
describe.runIf(existsSync(CHROMIUM))('the page in a browser', () => {
  it('shows the numbers of the JSON, fits the window, and asks no other address', async () => {
    const { url } = await serve({ ttftMs: 30, gapMs: 2, ttftSigma: 0.2 });
    const result = await runLoadtest({
      args: [
        ...target(url),
        '--requests',
        '60',
        '--concurrency',
        '6',
        '--output-tokens',
        '5',
        '--objective',
        'ttft.p90<5s',
      ],
    });
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    try {
      const asked: string[] = [];
      for (const width of [1440, 390]) {
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        page.on('request', (request) => asked.push(request.url()));
        await page.setContent(result.html);
        const wrong = await page.evaluate(`(() => {
          const report = JSON.parse(document.getElementById('report').textContent);
          const at = (path) => path.split('.').reduce((value, key) => value?.[key], report);
          return [...document.querySelectorAll('[data-path]')].filter((el) => String(at(el.dataset.path)) !== el.dataset.value || el.textContent === '').length;
        })()`);
        expect(wrong).toBe(0);
        expect(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBe(0);
        expect(await page.evaluate("document.querySelectorAll('svg').length")).toBeGreaterThanOrEqual(7);
      }
      expect(asked).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
