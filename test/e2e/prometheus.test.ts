// A real Prometheus scrapes every service by our configuration, loads the rules, and an alert fires when the upstream dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createMeteredUpstream, type MeteredUpstream } from '../fakes/metered-upstream.ts';
import { root } from '../steps.ts';
import { findProgram } from '../system-packages.ts';
import { eventually, type RunningStack, startStack } from './running-stack.ts';

const prometheusBinary = findProgram('prometheus');

interface ScrapeConfig {
  job_name: string;
  static_configs: { targets: string[] }[];
}
interface PrometheusFile {
  global: Record<string, string>;
  scrape_configs: ScrapeConfig[];
}

let upstream: MeteredUpstream;
let stack: RunningStack;
let prometheus: ChildProcess;
let prometheusUrl: string;
const directory = mkdtempSync(join(tmpdir(), 'tollgate-prometheus-'));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Our own scrape file, with this stack's ports and a quicker pulse; the rules are taken as they are. */
function writeConfiguration(): string {
  const config = parse(readFileSync(join(root, 'alerts/prometheus.yaml'), 'utf8')) as PrometheusFile;
  const targets: Record<string, string> = {
    'tollgate-sidecar': stack.admin,
    'tollgate-collector': stack.dashboard,
    'tollgate-inference': stack.inference,
  };
  const scrapes = config.scrape_configs.flatMap((scrape) => {
    const url = targets[scrape.job_name];
    return url === undefined ? [] : [{ ...scrape, static_configs: [{ targets: [new URL(url).host] }] }];
  });
  cpSync(join(root, 'alerts/rules'), join(directory, 'rules'), { recursive: true });
  const file = join(directory, 'prometheus.yaml');
  writeFileSync(
    file,
    stringify({
      ...config,
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: scrapes,
    }),
  );
  return file;
}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${prometheusUrl}/api/v1/${path}`);
  return ((await answer.json()) as { data: T }).data;
}

async function sendCalls(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const answer = await fetch(`${stack.sidecar}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'model-a',
        stream: true,
        messages: [{ role: 'user', content: `case ${index}` }],
      }),
    });
    await answer.text();
  }
}

describe.skipIf(prometheusBinary === undefined)('a real Prometheus', () => {
  beforeAll(async () => {
    upstream = await createMeteredUpstream();
    stack = await startStack({
      config: {
        upstreams: [{ name: 'main', provider: 'openai', baseUrl: upstream.url, default: true }],
        budgets: [{ team: 'search', limitUsd: '10' }],
      },
    });
    await sendCalls(5);
    const port = await freePort();
    prometheusUrl = `http://127.0.0.1:${port}`;
    mkdirSync(join(directory, 'data'));
    prometheus = spawn(
      prometheusBinary ?? '',
      [
        `--config.file=${writeConfiguration()}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  });
  afterAll(async () => {
    prometheus?.kill('SIGTERM');
    await stack?.stop();
    await upstream?.close();
    await delay(500);
    rmSync(directory, { recursive: true, force: true });
  });

  it('finds all three services up and their metrics by the names of the contract', async () => {
    interface Targets {
      activeTargets: { labels: { job: string }; health: string; lastError: string }[];
    }
    const { activeTargets } = await eventually(
      () => ask<Targets>('targets').catch(() => ({ activeTargets: [] })),
      ({ activeTargets: targets }) =>
        targets.length === 3 && targets.every((target) => target.health === 'up'),
      30_000,
    );
    expect(activeTargets.map((target) => target.lastError)).toEqual(['', '', '']);
    for (const metric of [
      'llm_request_total',
      'llm_token_total',
      'llm_request_latency_seconds_count',
      'gen_ai_client_operation_time_to_first_chunk_seconds_count',
      'tollgate_calls_seen_total',
      'tollgate_rows_stored_total',
      'tollgate_budget_limit_usd',
      'inference_queue_length',
    ]) {
      await eventually(
        () => ask<{ result: unknown[] }>(`query?query=${metric}`),
        ({ result }) => result.length > 0,
        10_000,
      ).catch((error: unknown) => expect.fail(`${metric}: ${String(error)}`));
    }
  });

  it('loads every rule without an error', async () => {
    const GROUPS = ['inference', 'ledger', 'money', 'recording', 'traffic'].map((name) => `tollgate.${name}`);
    interface Rules {
      groups: { name: string; rules: { health: string; lastError?: string }[] }[];
    }
    const { groups } = await eventually(
      () => ask<Rules>('rules'),
      (answer) =>
        answer.groups.length === GROUPS.length &&
        answer.groups.every((group) => group.rules.every((rule) => rule.health === 'ok')),
      30_000,
    );
    expect(groups.map((group) => group.name).sort()).toEqual(GROUPS);
  });

  it('fires TollgateUpstreamUnreachable after the upstream was killed', async () => {
    await upstream.close();
    interface Alerts {
      alerts: { labels: { alertname: string }; state: string }[];
    }
    const { alerts } = await eventually(
      async () => {
        await sendCalls(1);
        return ask<Alerts>('alerts');
      },
      ({ alerts: found }) =>
        found.some(
          (alert) => alert.labels.alertname === 'TollgateUpstreamUnreachable' && alert.state === 'firing',
        ),
      90_000,
    );
    expect(alerts.length).toBeGreaterThan(0);
  });
});
