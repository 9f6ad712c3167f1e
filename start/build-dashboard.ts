// Builds the dashboard's files when the install step did not (for example after `npm ci --ignore-scripts`).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineError } from '@tollgate/service-kit/tollgate-error';

const errDashboardBuildFailed = defineError('TG_DASHBOARD_BUILD_FAILED', 500);

export interface BuildDashboardOptions {
  readonly root: string;
  readonly say: (line: string) => void;
}

export async function buildDashboard({ root, say }: BuildDashboardOptions): Promise<void> {
  if (existsSync(join(root, 'dashboard/dist/index.html'))) return;
  say('building the dashboard (once) …');
  const dashboard = join(root, 'dashboard');
  const vite = dirname(createRequire(join(dashboard, 'package.json')).resolve('vite/package.json'));
  const child = spawn(process.execPath, [join(vite, 'bin/vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: dashboard,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) {
    throw errDashboardBuildFailed(`vite ended with exit code ${code}`, {
      hint: 'run `npm ci` again and look at its output',
    });
  }
}
