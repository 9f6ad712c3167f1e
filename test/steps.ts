// Runs the steps of a check one after the other (or side by side), shows each one's time, and adds up the test counts.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const artifacts = join(root, 'test/.artifacts');

export interface Step {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
}

export interface Counts {
  passed: number;
  failed: number;
}

const bin = (name: string): string => join(root, 'node_modules/.bin', name);

export const staticSteps: readonly Step[] = [
  { title: 'types', command: [bin('tsc'), '--noEmit', '-p', '.'] },
  { title: 'types of the dashboard', command: [bin('tsc'), '--noEmit', '-p', 'dashboard'] },
  { title: 'lint, format, boundaries', command: [bin('biome'), 'ci', '.'] },
  { title: 'unused code and dependencies', command: [bin('knip')] },
];

/** Runs a step with its output shown as one piece. Resolves true when it exited with 0. */
export async function runStep({ title, command }: Step, live = false): Promise<boolean> {
  const startedAt = performance.now();
  const [file, ...args] = command;
  const child = spawn(file, args, {
    cwd: root,
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output.push(Buffer.from(error.message));
      resolve(127);
    });
    child.once('close', resolve);
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`);
  if (code !== 0 && output.length > 0) console.log(Buffer.concat(output).toString('utf8'));
  return code === 0;
}

/** Runs vitest projects and returns how many tests passed and failed. A run that ends without a report counts as one failure. */
export async function runTests(title: string, vitestArgs: readonly string[]): Promise<Counts> {
  mkdirSync(artifacts, { recursive: true });
  const report = join(artifacts, `${title.replace(/\W+/g, '-')}.json`);
  rmSync(report, { force: true });
  const command = [
    bin('vitest'),
    'run',
    ...vitestArgs,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ] as const;
  const passed = await runStep({ title, command: [command[0], ...command.slice(1)] }, true);
  const counts = readCounts(report);
  if (counts === undefined) return { passed: 0, failed: 1 };
  return passed ? counts : { ...counts, failed: Math.max(counts.failed, 1) };
}

function readCounts(report: string): Counts | undefined {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    return { passed: numPassedTests, failed: numFailedTests };
  } catch (error) {
    console.log(`no test report at ${report}: ${String(error)}`);
    return undefined;
  }
}
