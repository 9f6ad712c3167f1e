// `npm run bench -- <name> [options]`: measurements, each printed as a Markdown table with the ratios that count.
const BENCHES: Readonly<Record<string, () => Promise<{ run: (args: readonly string[]) => Promise<void> }>>> =
  {
    'compare-verdicts': () => import('./loadtest/compare-verdicts.ts'),
    'gpu-inference': () => import('./gpu/gpu.ts'),
    inference: () => import('./inference/compare.ts'),
    outage: () => import('./outage/outage.ts'),
    proxy: () => import('./proxy/compare.ts'),
    streams: () => import('./streams/streams.ts'),
  };

const [name = '', ...args] = process.argv.slice(2);
const load = BENCHES[name];
if (load === undefined) {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join(' | ')}>\n`);
  process.exitCode = 2;
} else {
  await (await load()).run(args);
}
