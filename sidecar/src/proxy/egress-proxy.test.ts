// Upstreams behind a corporate proxy: tunnels, credentials, exceptions, and what a client is told when the proxy will not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectProxy, createConnectProxy } from '../../../test/fakes/connect-proxy.ts';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { openRaw } from '../../../test/fakes/raw-http.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { createSecureUpstream, type SecureUpstream } from '../../../test/fakes/secure-upstream.ts';
import { createTestAuthority, openssl, type TestAuthority } from '../../../test/fakes/test-certificates.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';
import { isReachedDirectly } from './egress-proxy.ts';

const CHAT = '/v1/chat/completions';
let upstream: ScriptedUpstream;
let collector: FakeCollector;
let proxy: ConnectProxy;
let guarded: ConnectProxy;
const running: TestSidecar[] = [];

beforeAll(async () => {
  upstream = await createScriptedUpstream({ [CHAT]: { steps: [{ chunk: '{}' }] } });
  collector = await createFakeCollector();
  proxy = await createConnectProxy();
  guarded = await createConnectProxy({ username: 'us er', password: 'p@ss:w/rd' });
});
afterAll(async () => {
  await Promise.all(running.map((sidecar) => sidecar.stop()));
  await Promise.all([upstream.close(), collector.close(), proxy.close(), guarded.close()]);
});

/** A sidecar behind the proxy given, its default upstream the scripted one. */
async function behind(
  url: string,
  more: { noProxy?: string[]; upstreams?: object[] } = {},
): Promise<TestSidecar> {
  const main = { name: 'main', provider: 'openai', baseUrl: upstream.url, default: true };
  const sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    config: {
      upstreams: [{ ...main, timeouts: { connectMs: 400 } }, ...(more.upstreams ?? [])],
      sidecar: {
        gpu: { enabled: false },
        canary: { enabled: false },
        egressProxy: { url, noProxy: more.noProxy ?? [] },
      },
    },
  });
  running.push(sidecar);
  return sidecar;
}

async function call(sidecar: TestSidecar, app: string): Promise<[number, string | null]> {
  const answer = await fetch(`${sidecar.url}${CHAT}`, {
    method: 'POST',
    headers: { 'x-tollgate-app': app },
    body: '{"model":"m"}',
  });
  await answer.text();
  return [answer.status, answer.headers.get('x-tollgate-reason')];
}

describe('an egress proxy', () => {
  it('opens one tunnel, which later calls use again; headers pass as they came', async () => {
    const sidecar = await behind(proxy.url);
    const before = proxy.asked.length;
    for (let turn = 0; turn < 3; turn += 1) {
      const raw = await openRaw(sidecar.port);
      raw.send(
        `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      );
      expect(await raw.closed()).toContain('HTTP/1.1 200');
    }
    expect(proxy.asked.slice(before)).toEqual([`127.0.0.1:${upstream.port}`]);
    const twice = upstream.requests
      .at(-1)
      ?.rawHeaders.filter((_, index, all) => all[index - 1] === 'X-Twice');
    expect(twice).toEqual(['1', '2']);
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty('proxy-connection');
  });

  it('tells how long it took to connect', async () => {
    const sidecar = await behind(proxy.url);
    for (const app of ['first', 'second']) {
      await call(sidecar, app);
      await collector.until(() => collector.calls().some((found) => found.app === app));
    }
    const connectMs = (app: string) => collector.calls().find((found) => found.app === app)?.connect_ms;
    expect(connectMs('first')).toBeGreaterThan(0);
    expect(connectMs('second')).toBe(0);
  });

  it('is given the credentials of its URL', async () => {
    const url = guarded.url.replace(
      '//',
      `//${encodeURIComponent('us er')}:${encodeURIComponent('p@ss:w/rd')}@`,
    );
    expect(await call(await behind(url), 'known')).toEqual([200, null]);
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each([
    ['none', ''],
    ['wrong ones', 'user:guess@'],
  ])('that wants credentials and is given %s is a reason of its own', async (_what, credentials) => {
    const sidecar = await behind(guarded.url.replace('//', `//${credentials}`));
    expect(await call(sidecar, `refused${credentials}`)).toEqual([502, 'egress_proxy_refused']);
    await collector.until(() => collector.calls().some(({ app }) => app === `refused${credentials}`));
    expect(collector.calls().find(({ app }) => app === `refused${credentials}`)).toMatchObject({
      outcome: 'upstream_unreachable',
      error_type: 'egress_proxy_refused',
    });
  });

  it('that is not there is a reason of its own', async () => {
    expect(await call(await behind('http://127.0.0.1:1'), 'absent')).toEqual([502, 'egress_proxy_failed']);
  });

  it('that says nothing is a connect timeout', async () => {
    proxy.behave('silent');
    expect(await call(await behind(proxy.url), 'silent')).toEqual([504, 'connect_timeout']);
    proxy.behave(null);
  });

  it('is passed by for hosts that need none', async () => {
    const before = proxy.asked.length;
    const sidecar = await behind(proxy.url, { noProxy: [`127.0.0.1:${upstream.port}`] });
    expect(await call(sidecar, 'direct')).toEqual([200, null]);
    expect(proxy.asked.length).toBe(before);
  });
});

describe.skipIf(openssl === undefined)('an egress proxy before TLS (needs openssl)', () => {
  let authority: TestAuthority;
  let secure: SecureUpstream;
  beforeAll(async () => {
    authority = createTestAuthority();
    secure = await createSecureUpstream({ certificate: authority.issue('loopback', 'IP:127.0.0.1') });
  });
  afterAll(async () => {
    await secure.close();
    authority.remove();
  });

  it.each([
    [false, '1.1'],
    [true, '2.0'],
  ])(
    'sees only the tunnel: TLS and the choice of HTTP stand between us and upstream (HTTP/2 %s)',
    async (allowHttp2, version) => {
      const tls = { caFile: authority.caFile };
      const secured = { name: 'secured', provider: 'openai', baseUrl: secure.url, tls, allowHttp2 };
      const sidecar = await behind(proxy.url, { upstreams: [secured] });
      const answer = await fetch(`${sidecar.url}/secured${CHAT}`, { method: 'POST', body: '{}' });
      expect(answer.status).toBe(200);
      expect(proxy.asked.at(-1)).toBe(`127.0.0.1:${secure.port}`);
      expect(secure.requests.at(-1)?.httpVersion).toBe(version);
    },
  );
});

describe('the hosts that need no proxy', () => {
  it.each([
    ['https://api.example.com', ['example.com'], true],
    ['https://api.example.com', ['.example.com'], true],
    ['https://api.example.com', ['*.example.com'], true],
    ['https://API.Example.com', ['api.EXAMPLE.com'], true],
    ['https://notexample.com', ['example.com'], false],
    ['https://api.example.com', ['api.example.com:443'], true],
    ['https://api.example.com:8443', ['api.example.com:443'], false],
    ['http://10.0.0.5:8080', ['10.0.0.5:8080'], true],
    ['http://[::1]:8000', ['[::1]'], true],
    ['https://api.example.com', ['*'], true],
    ['https://api.example.com', [], false],
    ['https://api.example.com', [''], false],
  ])('%s by %j: %s', (url, noProxy, direct) => {
    expect(isReachedDirectly(new URL(url), noProxy)).toBe(direct);
  });
});
