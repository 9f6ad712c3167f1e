import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from './config.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const schema = z.object({
  sidecar: z
    .strictObject({
      port: z.coerce.number().int().max(65535).default(4000),
      host: z.string().default('127.0.0.1'),
    })
    .prefault({}),
});

function load(yaml: string | undefined, env: Record<string, string> = {}) {
  const file = yaml === undefined ? undefined : join(directory, 'tollgate.yaml');
  if (file !== undefined && yaml !== undefined) writeFileSync(file, yaml);
  return loadConfig({ schema, sections: ['sidecar'], file, env, envPaths: { SIDECAR_PORT: 'sidecar.port' } });
}

describe('loadConfig', () => {
  it('uses defaults without a file', () => {
    expect(load(undefined).sidecar).toEqual({ port: 4000, host: '127.0.0.1' });
  });

  it('puts the environment over the file and leaves the rest', () => {
    expect(load('sidecar: { port: 1, host: "::1" }', { SIDECAR_PORT: '4100' }).sidecar).toEqual({
      port: 4100,
      host: '::1',
    });
  });

  it('ignores sections of other services', () => {
    expect(load('collector: { port: 1 }').sidecar.port).toBe(4000);
  });

  it('reports every problem at once, by path and variable', () => {
    expect(() => load('sidecar: { hots: a }\nsidcar: {}', { SIDECAR_PORT: '99999' })).toThrow(
      /3 problem\(s\)[\s\S]*sidcar: unknown section[\s\S]*sidecar\.port: .*SIDECAR_PORT/,
    );
  });

  it('says so when the file is no YAML', () => {
    expect(() => load('a: [')).toThrow(/not valid YAML/);
  });

  it('quotes no line of a broken file, which may hold a secret', () => {
    expect(() => load('a: 1\nadminToken: "topsecret" oops\n')).toThrow(
      /not valid YAML: (?![\s\S]*topsecret)/,
    );
  });
});
