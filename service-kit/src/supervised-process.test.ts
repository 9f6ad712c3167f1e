import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { createSupervisedProcess, type SupervisedProcessOptions } from './supervised-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-supervised-'));
afterAll(() => rmSync(directory, { recursive: true }));

function supervise(script: string, changes: Partial<SupervisedProcessOptions> = {}) {
  const file = join(directory, `child-${Math.random()}.mjs`);
  writeFileSync(file, script);
  return createSupervisedProcess({
    name: 'child',
    nodeArgs: [file],
    env: () => ({}),
    log: createLogger({ name: 'test', level: 'silent' }),
    output: 'ignore',
    backOff: { minMs: 1, maxMs: 1 },
    ...changes,
  });
}

const READY = "process.send({ type: 'tollgate.ready', ready: { url: 'u' } });";
/** More than Linux hands to a process: here `spawn` throws. */
const TOO_LONG = { TOO_LONG: 'x'.repeat(4_000_000) };

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

describe('a process that the system refuses', () => {
  const node = process.execPath;
  const allow = () => {
    process.execPath = node;
  };
  /** Node says so by an `error` event, as it does when processes or descriptors run out. */
  const refuse = () => {
    process.execPath = join(directory, 'no-such-node');
  };
  afterEach(allow);

  it('fails the first start', async () => {
    refuse();
    const child = supervise(READY);
    await expect(child.start()).rejects.toMatchObject({
      code: 'TG_CHILD_NOT_READY',
      message: expect.stringContaining('ENOENT'),
    });
    expect(child.status()).toMatchObject({ state: 'stopped', pid: undefined });
    expect(await child.stop(2_000)).toBe(0);
  });

  it('fails the first start when Node throws instead', async () => {
    await expect(supervise(READY, { env: () => TOO_LONG }).start()).rejects.toMatchObject({
      code: 'TG_CHILD_NOT_READY',
      message: expect.stringContaining('E2BIG'),
    });
  });

  it('is tried again until it can be made', async () => {
    let envs = 0;
    let runs = 0;
    const ends = new Set<string>();
    const child = supervise(`${READY} setInterval(() => {}, 1000);`, {
      env: () => (++envs === 3 ? TOO_LONG : {}),
      onStatus: ({ state, lastExit }) => {
        if (state !== 'waiting') return;
        ends.add(/SIGKILL|ENOENT|E2BIG/.exec(lastExit)?.[0] ?? lastExit);
        if (lastExit.includes('SIGKILL')) refuse();
        else allow();
      },
      onReady: () => {
        if (++runs === 2) served();
      },
    });
    let served = () => {};
    const servesAgain = new Promise<void>((resolve) => {
      served = resolve;
    });
    await child.start();
    process.kill(child.status().pid ?? 0, 'SIGKILL');
    await servesAgain;
    expect([...ends]).toEqual(['SIGKILL', 'ENOENT', 'E2BIG']);
    expect(child.status()).toMatchObject({ state: 'ready', restarts: 3 });
    await child.stop(2_000);
  });

  it('may be given up before Node has said so', async () => {
    const child = supervise(READY);
    refuse();
    const started = child.start();
    started.catch(() => undefined);
    expect(await child.stop(2_000)).toBe(0);
  });
});
