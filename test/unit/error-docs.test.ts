// Every error code that the code can raise stands in docs/errors.md with its status, and none stands there that cannot be raised.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../steps.ts';

const sources = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && !file.includes('.test.'));
const raised = new Map(
  sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/defineError\(\s*'(TG_[A-Z0-9_]+)',\s*(\d{3})/g)].map(
      (match) => [match[1] ?? '', match[2] ?? ''] as const,
    ),
  ),
);
const documented = new Map(
  [
    ...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `(TG_[A-Z0-9_]+)` \| (\d{3}) \|/gm),
  ].map((match) => [match[1] ?? '', match[2] ?? ''] as const),
);

describe('docs/errors.md', () => {
  it('lists exactly the codes that the code defines, each with its status', () => {
    expect(raised.size).toBeGreaterThan(5);
    expect(Object.fromEntries([...documented].sort())).toEqual(Object.fromEntries([...raised].sort()));
  });
});
