import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { dashboardFiles } from './dashboard-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-dashboard-'));
mkdirSync(join(directory, 'assets'));
writeFileSync(join(directory, 'index.html'), '<title>Tollgate</title>');
writeFileSync(join(directory, 'assets', 'index-abc123.js'), 'export {};');
afterAll(() => rmSync(directory, { recursive: true }));

async function get(from: string, url: string, method: 'GET' | 'HEAD' = 'GET') {
  const app = Fastify();
  await app.register(dashboardFiles(from));
  const answer = await app.inject({ method, url, headers: { accept: 'text/html' } });
  await app.close();
  return answer;
}

describe('the dashboard files', () => {
  it.each(['/', '/calls', '/calls/019a0000-0000-7000-8000-000000000001?from=now'])(
    'answer %s with the page, asked for afresh each time',
    async (url) => {
      const answer = await get(directory, url);
      expect([answer.statusCode, answer.headers['cache-control'], answer.body]).toEqual([
        200,
        'no-cache',
        '<title>Tollgate</title>',
      ]);
    },
  );

  it.each(['/', '/calls', '/load-tests/1?range=7d'])(
    'answer HEAD %s as GET, without the body',
    async (url) => {
      const [got, head] = [await get(directory, url), await get(directory, url, 'HEAD')];
      const told = ({ headers }: typeof got) => [headers['content-type'], headers['content-length']];
      expect([head.statusCode, told(head), head.body]).toEqual([200, told(got), '']);
    },
  );

  it('are kept for good where their name holds a hash', async () => {
    const answer = await get(directory, '/assets/index-abc123.js');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each(['/api/v1/nothing', '/assets/gone.js', '/robots.txt', '/../control.db', '/v1/nothing'])(
    'never stand in for %s',
    async (url) => {
      const answer = await get(directory, url);
      expect([answer.statusCode, answer.json()]).toMatchObject([404, { error: { code: 'TG_NOT_FOUND' } }]);
    },
  );

  it('tell how to build them when they are not there', async () => {
    const answer = await get(join(directory, 'missing'), '/calls');
    expect(answer.json()).toMatchObject({ error: { hint: expect.stringMatching(/npm run build/) } });
  });
});
