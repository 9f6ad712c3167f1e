// Starts a TypeScript file as a worker thread. Node 20 does not pass the parent's loader on to threads, so the thread
// registers it itself.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

export function startWorker(file: URL, workerData: unknown): Worker {
  // By path: `require.resolve` of the bare name would answer the CommonJS build.
  const manifest = createRequire(import.meta.url).resolve('tsx/package.json');
  const loader = pathToFileURL(join(dirname(manifest), 'dist/esm/api/index.mjs')).href;
  const code = `import(${JSON.stringify(loader)}).then(async ({ register }) => {
    register();
    await import(${JSON.stringify(file.href)});
  })`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}
