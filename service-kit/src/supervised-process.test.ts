import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { createSupervisedProcess } from './supervised-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-supervised-'));
afterAll(() => rmSync(directory, { recursive: true }));

function supervise(script: string) {
  const file = join(directory, `child-${Math.random()}.mjs`);
  writeFileSync(file, script);
  return createSupervisedProcess({
    name: 'child',
    nodeArgs: [file],
    env: () => ({}),
    log: createLogger({ name: 'test', level: 'silent' }),
    output: 'ignore',
  });
}

const READY = "process.send({ type: 'tollgate.ready', ready: { url: 'u' } });";

describe('a supervised process', () => {
  it("leads a group of its own, so that a terminal's Ctrl-C reaches the parent alone", async () => {
    const child = supervise(
      `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); ${READY}`,
    );
    expect(await child.start()).toEqual({ url: 'u' });
    const { pid = 0 } = child.status();
    expect(process.kill(-pid, 0)).toBe(true);
    expect(await child.stop(2_000)).toBe(0);
    expect(child.status().state).toBe('stopped');
  });

  it('is killed when it does not end in time', async () => {
    const child = supervise(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); ${READY}`);
    await child.start();
    expect(await child.stop(50)).toBe(null);
  });

  it('says so when it ends before it serves', async () => {
    await expect(supervise('process.exit(3)').start()).rejects.toMatchObject({
      code: 'TG_CHILD_NOT_READY',
      message: expect.stringContaining('exit code 3'),
    });
  });
});
