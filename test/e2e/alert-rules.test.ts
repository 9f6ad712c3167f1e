// The alert rules are valid, tested by promtool, documented by runbooks, and ask only for metrics that exist.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GEN_AI_METRICS, LLM_METRICS, TOLLGATE_METRICS } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../steps.ts';
import { findProgram } from '../system-packages.ts';

interface RuleFile {
  groups: {
    name: string;
    rules: { alert?: string; record?: string; expr: string; annotations?: Record<string, string> }[];
  }[];
}

const alerts = join(root, 'alerts');
const filesIn = (folder: string): string[] =>
  readdirSync(join(alerts, folder)).map((file) => join(alerts, folder, file));
const rules = filesIn('rules').flatMap((file) =>
  (parse(readFileSync(file, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules),
);
const promtool = findProgram('promtool');

describe('alert rules', () => {
  it.skipIf(promtool === undefined)('are accepted and pass their promtool tests', () => {
    const run = (...args: string[]): string =>
      execFileSync(promtool ?? '', args, { cwd: alerts, encoding: 'utf8' });
    expect(run('check', 'rules', ...filesIn('rules'))).toContain('SUCCESS');
    expect(run('check', 'config', 'prometheus.yaml')).toContain('SUCCESS');
    expect(run('test', 'rules', ...filesIn('tests'))).not.toContain('FAILED');
  });

  it.each(rules.flatMap(({ alert, annotations }) => (alert === undefined ? [] : [[alert, annotations]])))(
    '%s has a runbook and a promtool test',
    (alert, annotations) => {
      expect(annotations).toMatchObject({ runbook_url: `alerts/runbooks/${alert}.md` });
      expect(existsSync(join(alerts, 'runbooks', `${alert}.md`))).toBe(true);
      expect(
        filesIn('tests').some((file) => readFileSync(file, 'utf8').includes(`alertname: ${alert}`)),
      ).toBe(true);
    },
  );

  it('ask only for metrics of the contract, Prometheus itself, or recorded before', () => {
    const known = new Set<string>([
      'up',
      ...Object.values({ ...LLM_METRICS, ...GEN_AI_METRICS, ...TOLLGATE_METRICS }),
      ...rules.flatMap(({ record }) => record ?? []),
    ]);
    const asked = rules.flatMap(
      ({ expr }) => expr.match(/\b(?:llm|gen_ai|tollgate)[_:][\w:]+|\bup\b/g) ?? [],
    );
    const unknown = asked
      .map((name) => name.replace(/_(bucket|count|sum)$/, ''))
      .filter((name) => !known.has(name) && name !== 'gen_ai_request_model');
    expect(unknown).toEqual([]);
  });
});
