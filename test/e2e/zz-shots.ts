import { launchBrowser, openDashboard } from './browser.ts';

const origin = process.argv[2] ?? '';
const browser = await launchBrowser();
const answer = await fetch(`${origin}/api/v1/load-tests?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z`, {
  headers: { authorization: 'Bearer test-admin-token-0123456789' },
});
const { runs } = (await answer.json()) as { runs: { id: string; name: string; verdict: string }[] };
console.log(runs.map((r) => `${r.name} ${r.verdict}`));
const id = (name: string) => runs.find((r) => r.name.startsWith(name))?.id ?? '';
for (const [w, scheme] of [
  [1440, 'light'],
  [390, 'dark'],
  [1440, 'dark'],
  [390, 'light'],
] as const) {
  const { page, problems, foreignRequests } = await openDashboard(browser, {
    origin,
    token: 'test-admin-token-0123456789',
    context: { viewport: { width: w, height: w === 390 ? 844 : 900 }, colorScheme: scheme },
  });
  const pages: [string, string][] = [
    ['list', 'load-tests'],
    ['empty', 'load-tests?verdict=INCONCLUSIVE'],
    ['pass', `load-tests/${id('timing')}`],
    ['nightly', `load-tests/${id('nightly')}?over_time=calls&histogram=icl`],
    ['sweep', `load-tests/${id('highest')}`],
    ['compare', `load-tests/${id('two')}`],
    ['nothing', `load-tests/${id('nothing')}`],
    ['gone', 'load-tests/019a0000-0000-7000-8000-0000000000ff'],
  ];
  for (const [name, path] of pages) {
    await page.goto(`${origin}/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await page.waitForTimeout(700);
    const over = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    console.log(w, scheme, name, over, await page.title());
    await page.screenshot({ path: `/tmp/lt-shots/${name}-${w}-${scheme}.png`, fullPage: true });
  }
  console.log(problems, foreignRequests);
}
await browser.close();
