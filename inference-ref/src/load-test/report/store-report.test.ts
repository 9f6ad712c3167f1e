// Handing a report to a collector: asked before the run, and no verdict of its own after it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LoadtestOutcome } from '../run/execute-loadtest.ts';
import { parseLoadtestOptions } from '../run/parse-loadtest-options.ts';
import { checkCollector } from './check-collector.ts';
import { writeOutputs } from './write-outputs.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function collectorThatAnswers(status: number): Promise<string> {
  const started = createServer((request, response) => {
    request.resume();
    const known = request.headers.authorization === 'Bearer right' ? status : 401;
    response.writeHead(known).end('{}');
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const NOBODY = 'http://127.0.0.1:9';

describe('before the run', () => {
  it('a collector that takes the token is left alone', async () => {
    await checkCollector({ collector: await collectorThatAnswers(200), token: 'right' });
  });

  const check = (name: string, collector: () => Promise<string>, token: string, words: RegExp): void => {
    it(`${name} is a wrong option`, async () => {
      await expect(checkCollector({ collector: await collector(), token })).rejects.toMatchObject({
        code: 'TG_LOADTEST_USAGE',
        message: expect.stringMatching(words),
      });
    });
  };
  check('a token that is refused', () => collectorThatAnswers(200), 'wrong', /--token: .*refuses it/);
  check('an address where nothing listens', async () => NOBODY, 'right', /--collector: nothing answers/);
  check('an address of something else', () => collectorThatAnswers(404), 'right', /--collector: .*404/);
});

describe('after the run', () => {
  const store = async (collector: string): Promise<{ printed: string; warned: string }> => {
    const told = { printed: '', warned: '' };
    const options = parseLoadtestOptions({ url: NOBODY, model: 'm', collector, token: 'right' });
    const outcome = { report: { id: 'a' }, records: [], measured: [] } as unknown as LoadtestOutcome;
    await writeOutputs(options, outcome, {
      print: (text) => (told.printed += text),
      warn: (text) => (told.warned += text),
    });
    return told;
  };

  it('a report that is stored has an address', async () => {
    expect(await store(await collectorThatAnswers(201))).toMatchObject({
      printed: expect.stringContaining('/api/v1/load-tests/a'),
      warned: '',
    });
  });

  it('a report that cannot be stored is a warning, no failure', async () => {
    expect(await store(NOBODY)).toEqual({
      printed: '',
      warned: expect.stringMatching(/not stored: .*can't be reached/),
    });
    expect((await store(await collectorThatAnswers(503))).warned).toMatch(/answered 503/);
  });
});
