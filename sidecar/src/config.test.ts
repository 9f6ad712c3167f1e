import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSidecarConfig } from './config.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const load = (yaml: string, env: Record<string, string> = {}) => {
  const file = join(directory, 'tollgate.yaml');
  writeFileSync(file, yaml);
  return loadSidecarConfig({ TOLLGATE_CONFIG: file, ...env });
};
const upstream = (baseUrl: string) =>
  `upstreams:\n  - { name: own, provider: openai, baseUrl: "${baseUrl}" }\n`;

describe('the address of an upstream', () => {
  it.each([
    'https://api.example.com/openai/v1',
    'http://127.0.0.1:4002',
    'http://sidecar.example.com:4000',
    'https://127.0.0.1:4000',
  ])('may be %s', (url) => expect(load(upstream(url)).upstreams[0]?.baseUrl).toBe(url));

  it.each([
    ['http://127.0.0.1:4000/v1', /leads back/],
    ['http://localhost:4000', /leads back/],
    ['http://user:pass@api.example.com', /apiKeyEnv/],
    ['https://x.example.com/openai?api-version=2024-10-21', /api-version/],
    ['https://api.example.com/#part', /path alone/],
  ])('may not be %s', (url, message) => expect(() => load(upstream(url))).toThrow(message));

  it('may not lead back from the environment either, whatever the port is', () => {
    const env = { SIDECAR_PORT: '5000', SIDECAR_UPSTREAM_URL: 'http://127.0.0.1:5000' };
    expect(() => loadSidecarConfig(env)).toThrow(/leads back/);
    expect(() => loadSidecarConfig({ ...env, SIDECAR_PORT: '5001' })).not.toThrow();
  });
});
