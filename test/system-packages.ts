// Brings the system programs that the tests need, where the system's package manager lets us; says what is missing where not.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface SystemProgram {
  /** What is looked for on the PATH (or beside it); the file of a library where the system keeps those. */
  readonly program: string;
  readonly debianPackage: string;
  readonly neededFor: string;
}

const PROGRAMS: readonly SystemProgram[] = [
  { program: 'chromium', debianPackage: 'chromium', neededFor: 'the dashboard tests' },
  { program: 'prometheus', debianPackage: 'prometheus', neededFor: 'the scrape and alert tests' },
  { program: 'promtool', debianPackage: 'prometheus', neededFor: 'the alert rule tests' },
  { program: 'postgres', debianPackage: 'postgresql', neededFor: 'the control store on PostgreSQL' },
  { program: 'openssl', debianPackage: 'openssl', neededFor: 'the tests of TLS towards upstreams' },
  { program: 'gcc', debianPackage: 'gcc', neededFor: 'the stand-in NVML library' },
  { program: 'libvulkan.so.1', debianPackage: 'libvulkan1', neededFor: 'the tests on WebGPU' },
];

/** Path of a system program, or undefined. PostgreSQL's server stands outside the PATH on Debian. */
export function findProgram(program: string): string | undefined {
  if (program.includes('.so'))
    return libraryFolders()
      .map((folder) => join(folder, program))
      .find(existsSync);
  const folders = (process.env['PATH'] ?? '').split(':');
  return [...folders, ...postgresFolders()].map((folder) => join(folder, program)).find(isExecutable);
}

/** Installs what is missing. Returns the programs that are still missing afterwards. */
export function ensureSystemPrograms(): readonly string[] {
  const missing = PROGRAMS.filter(({ program }) => findProgram(program) === undefined);
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))];
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    console.log(`missing system packages, install them for the whole proof: ${packages.join(' ')}`);
  } else {
    console.log(`installing system packages: ${packages.join(' ')}`);
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  }
  const left = PROGRAMS.filter(({ program }) => findProgram(program) === undefined);
  for (const { program, neededFor } of left) console.log(`MISSING ${program}: ${neededFor} cannot run`);
  return left.map(({ program }) => program);
}

function apt(...args: string[]): void {
  const { status, stderr } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) console.log(`apt-get ${args[0]} ended with ${status}: ${stderr}`);
}

function libraryFolders(): string[] {
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return [`/usr/lib/${architecture}-linux-gnu`, '/usr/lib64', '/usr/lib'];
}

function postgresFolders(): string[] {
  try {
    return readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
