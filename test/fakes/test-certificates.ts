// A certificate authority of the test's own, and certificates by it, made with the system's openssl in a directory of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../system-packages.ts';

export const openssl = findProgram('openssl');

export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface TestAuthority {
  readonly caFile: string;
  readonly ca: Buffer;
  /** A certificate for a name; `altName` such as `IP:127.0.0.1` or `DNS:llm.test`. */
  readonly issue: (name: string, altName: string) => TestCertificate;
  readonly remove: () => void;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Needs openssl: look at `openssl` above first. */
export function createTestAuthority(): TestAuthority {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-certificates-'));
  const file = (name: string): string => join(directory, name);
  const run = (...args: string[]): void => {
    execFileSync(openssl ?? 'openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  run(
    'req',
    '-x509',
    ...EC_KEY,
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  return {
    caFile: file('ca.pem'),
    ca: readFileSync(file('ca.pem')),
    issue: (name, altName) => {
      writeFileSync(file(`${name}.ext`), `subjectAltName=${altName}\n`);
      run('req', ...EC_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
      run('x509', '-req', '-in', `${name}.csr`, '-days', '2', ...signing, '-out', `${name}.pem`);
      const [certFile, keyFile] = [file(`${name}.pem`), file(`${name}.key`)];
      return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
