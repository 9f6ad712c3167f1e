import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('says why it did not start before it exits, however busy the process is', async () => {
  const service = fileURLToPath(new URL('./failing-service.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', service], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  expect(output).toContain('no port is free');
  expect(output).toContain('service.start_failed');
});
