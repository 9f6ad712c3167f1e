// The dashboard in a real browser against live traffic through the real stack: what it shows is what the API says.
import { type CallDetail, type CallsAnswer, formatUsd, parseUsd, type SpendAnswer } from '@tollgate/contract';
import OpenAI from 'openai';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMeteredUpstream, type MeteredUpstream } from '../fakes/metered-upstream.ts';
import { chromiumBinary, launchBrowser, openDashboard, type WatchedPage } from './browser.ts';
import { aroundNow, eventually, type RunningStack, startStack } from './running-stack.ts';
import { LOAD_TEST, storeLoadTest } from './stored-load-test.ts';

const CALLS = 60;
const TEAMS = ['search', 'support', 'billing'];
const PAGES = [
  'spend',
  'calls',
  'latency',
  'load-tests',
  `load-tests/${LOAD_TEST.id}`,
  'recommendations',
  'budgets',
  'gpus',
  'findings',
  'audit',
];

let upstream: MeteredUpstream;
let stack: RunningStack;
let browser: Browser;
let dashboard: WatchedPage;
let page: Page;

async function call(team: string, model: string, content: string): Promise<void> {
  const client = new OpenAI({ baseURL: `${stack.sidecar}/v1`, apiKey: 'sk-test', maxRetries: 0 });
  const stream = await client.chat.completions.create(
    { model, messages: [{ role: 'user', content }], stream: true },
    { headers: { 'x-tollgate-team': team, 'x-tollgate-session': 's-1' } },
  );
  for await (const _ of stream);
}

async function sendTraffic(): Promise<void> {
  for (let index = 0; index < CALLS; index += 6) {
    await Promise.all(
      Array.from({ length: 6 }, (_, offset) => {
        const team = TEAMS[(index + offset) % TEAMS.length] ?? '';
        const model = team === 'billing' ? 'no-price-known' : 'model-a';
        return call(team, model, `case ${index + offset}`);
      }),
    );
  }
  await eventually(
    () => stack.query<SpendAnswer>('spend', aroundNow()),
    ({ rows, completeness }) =>
      rows[0]?.calls === CALLS && completeness.seen === CALLS && completeness.stored === CALLS,
    15_000,
  );
}

/** The text of each cell and each exact amount of the rows of the table on screen. */
async function tableRows(): Promise<{ cells: string[]; amounts: string[] }[]> {
  return page.locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) => ({
      cells: [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? ''),
      amounts: [...row.querySelectorAll('[title^="$"]')].map((amount) => amount.getAttribute('title') ?? ''),
    })),
  );
}

const exact = (usd: string): string => {
  const [whole = '0', fraction = ''] = formatUsd(parseUsd(usd)).split('.');
  return `$${whole}.${fraction.padEnd(2, '0')}`;
};
const grouped = (count: number): string => count.toLocaleString('en-US');

describe.skipIf(chromiumBinary === undefined)('the dashboard against live traffic', () => {
  beforeAll(async () => {
    upstream = await createMeteredUpstream();
    const price = { provider: 'openai', model: 'model-a' } as const;
    stack = await startStack({
      args: ['--no-inference'],
      config: {
        upstreams: [{ name: 'main', provider: 'openai', baseUrl: upstream.url, default: true }],
        collector: {
          prices: [
            { ...price, meter: 'input', unitPriceUsd: '1.25' },
            { ...price, meter: 'cache_read', unitPriceUsd: '0.125' },
            { ...price, meter: 'output', unitPriceUsd: '10' },
          ],
        },
        budgets: [{ team: 'search', period: 'month', limitUsd: '0.01' }],
      },
    });
    browser = await launchBrowser();
    dashboard = await openDashboard(browser, { origin: stack.dashboard, token: stack.token });
    page = dashboard.page;
    await sendTraffic();
    await storeLoadTest(stack);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    await upstream?.close();
  });

  it('signs in by the link and leaves no trace of the token', async () => {
    expect(page.url()).not.toContain(stack.token);
    expect(await page.evaluate('document.cookie')).toBe('');
    const kept = await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })');
    expect(kept).not.toContain(stack.token);
  });

  it('shows on Spend what the API says, to the last digit', async () => {
    await page.goto(`${stack.dashboard}/spend?range=1h&by=team`);
    await page.getByText('Complete', { exact: true }).waitFor();
    const { rows } = await stack.query<SpendAnswer>('spend', { ...aroundNow(), group_by: 'team' });
    const shown = await tableRows();
    expect(shown).toHaveLength(TEAMS.length);
    for (const row of rows) {
      const line = shown.find(({ cells }) => cells[0] === row['team']);
      expect(line?.cells.slice(1, 7)).toEqual(
        [
          row.calls,
          row.errors,
          row.input_tokens,
          row.cached_input_tokens,
          row.output_tokens,
          row.reasoning_tokens,
        ].map(grouped),
      );
      if (row.unpriced_calls === row.calls) expect(line?.cells[7]).toBe('unpriced');
      else expect(line?.amounts).toEqual([exact(row.cost_usd)]);
    }
    const total = rows.reduce((sum, row) => sum + parseUsd(row.cost_usd), 0n);
    const tiles = page.getByRole('region', { name: 'Totals of the range' });
    expect(await tiles.locator('[title^="$"]').getAttribute('title')).toBe(exact(formatUsd(total)));
    expect(await tiles.textContent()).toContain(`${CALLS / 3} unpriced`);
  });

  it('narrows Spend by a click and keeps that in the address', async () => {
    await page.getByRole('button', { name: 'support' }).last().click();
    await page.waitForURL(/team=support/);
    await page.getByRole('heading', { name: 'By model' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'model-a' }).last().waitFor();
    expect(await tableRows()).toHaveLength(1);
  });

  it('shows on Calls what the API says, newest first', async () => {
    await page.goto(`${stack.dashboard}/calls?range=1h&team=search`);
    await page.locator('tbody tr a').first().waitFor();
    const { calls } = await stack.query<CallsAnswer>('calls', {
      ...aroundNow(),
      team: 'search',
      limit: '20',
    });
    const shown = await tableRows();
    expect(shown).toHaveLength(calls.length);
    for (const [index, stored] of calls.entries()) {
      const line = shown[index];
      expect(line?.cells[2]).toBe(stored.model);
      expect(line?.cells[3]).toBe(stored.outcome);
      expect(line?.cells[4]?.split(' ')[0]).toBe(grouped(stored.input_tokens));
      expect(line?.cells[5]?.split(' ')[0]).toBe(grouped(stored.output_tokens));
      expect(line?.amounts).toEqual([exact(stored.cost_usd ?? '')]);
    }
  });

  it('opens one call with lines that add up to its cost', async () => {
    await page.locator('tbody tr a').first().click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading', { name: 'Timing' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const detail = await stack.query<CallDetail>(`calls/${id}`);
    const cost = await drawer.getByRole('region', { name: 'Cost' }).textContent();
    for (const line of detail.cost_lines) expect(cost).toContain(exact(line.cost_usd));
    expect(cost).toContain(exact(detail.cost_usd ?? ''));
    await drawer.getByRole('link', { name: 'Calls of this session' }).click();
    await page.waitForURL(/session=s-1/);
  });

  it('leads from the calls of no team to each of them', async () => {
    await page.goto(`${stack.dashboard}/spend?range=1h&by=user`);
    await page.getByRole('link', { name: String(CALLS), exact: true }).click();
    await page.waitForURL(/\/calls\?.*user=(&|$)/);
    await page.getByText('no user', { exact: true }).waitFor();
    await page.locator('tbody tr a').first().waitFor();
    const { calls } = await stack.query<CallsAnswer>('calls', { ...aroundNow(), user: '', limit: '100' });
    expect(calls).toHaveLength(CALLS);
    await page.goto(`${stack.dashboard}/calls?range=1h&team=`);
    await page.getByText('No call fits these filters').waitFor();
  });

  it('shows on Load tests what the harness stored', async () => {
    await page.goto(`${stack.dashboard}/load-tests?range=1h&verdict=FAIL`);
    await page.getByText('npx tollgate loadtest --url').waitFor();
    await page.getByRole('button', { name: 'Look at every verdict' }).click();
    await page.getByRole('link', { name: LOAD_TEST.name }).click();
    await page.waitForURL(new RegExp(LOAD_TEST.id));
    await page.getByRole('heading', { name: 'Client certificate' }).waitFor();
    expect(await page.title()).toBe(`${LOAD_TEST.name} · Tollgate`);
    const region = (name: string) => page.getByRole('region', { name, exact: true });
    const objectives = await region('Objectives').textContent();
    for (const { objective } of LOAD_TEST.objectives) expect(objectives).toContain(objective);
    const quantiles = region('Quantiles').locator('tbody tr').filter({ hasText: 'E2E from schedule' });
    const titles = await quantiles
      .locator('[title$=" ms"]')
      .evaluateAll((cells) => cells.map((one) => one.title));
    const { mean, min, p50, p90, p95, p99, p999, max } = LOAD_TEST.e2e_scheduled_ms;
    expect(titles).toEqual([mean, min, p50, p90, p95, p99, p999, max].map((ms) => `${ms} ms`));
    await region('Distribution').locator('canvas').waitFor();
    await region('Over time').locator('canvas').waitFor();
    await page.getByRole('link', { name: 'All load tests' }).click();
    await page.waitForURL(/\/load-tests\?range=1h/);
  });

  it('shows a new call without being asked', async () => {
    await page.goto(`${stack.dashboard}/calls?range=1h`);
    await page.locator('tbody tr a').first().waitFor();
    for (const attempt of ['one', 'two', 'three']) {
      await call(`live-${attempt}`, 'model-a', attempt);
      await page.getByText(`live-${attempt}`).waitFor({ timeout: 30_000 });
    }
  });

  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits ${viewport.width} px in the ${colorScheme} scheme, on every page, without an error`, async () => {
        const watched = await openDashboard(browser, {
          origin: stack.dashboard,
          token: stack.token,
          context: { viewport, colorScheme },
        });
        for (const path of PAGES) {
          await watched.page.goto(`${stack.dashboard}/${path}`);
          await watched.page.getByRole('heading', { level: 1 }).waitFor();
          await watched.page.waitForLoadState('load');
          const overflowPx = await watched.page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          expect(overflowPx, path).toBeLessThanOrEqual(0);
        }
        expect(watched.problems).toEqual([]);
        expect(watched.foreignRequests).toEqual([]);
        await watched.page.context().close();
      });
    }
  }

  it('sends whoever has no session to the login, and back to where they wanted to go', async () => {
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(`${stack.dashboard}/calls?team=search`);
    await stranger.waitForURL(/\/login/);
    await stranger.getByLabel('Admin token').fill('not-the-admin-token');
    await stranger.getByRole('button', { name: 'Sign in' }).click();
    await stranger.getByText('This token is not accepted.').waitFor();
    await stranger.getByLabel('Admin token').fill(stack.token);
    await stranger.getByRole('button', { name: 'Sign in' }).click();
    await stranger.waitForURL(/\/calls\?.*team=search/);
    // Signing out loads the page anew: wait for that before going anywhere.
    const reloaded = stranger.waitForEvent('load');
    await stranger.getByRole('button', { name: 'Sign out' }).click();
    await reloaded;
    await stranger.waitForURL(/\/login/);
    await stranger.goto(`${stack.dashboard}/spend`);
    await stranger.waitForURL(/\/login/);
    await context.close();
  });

  it('ran without an error and without asking any other host', () => {
    expect(dashboard.problems).toEqual([]);
    expect(dashboard.foreignRequests).toEqual([]);
  });
});
