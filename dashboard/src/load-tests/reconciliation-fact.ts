// Whether client and server counted the same, and if not, what each of them counted.
import type { LoadTestRun } from '@tollgate/contract';
import { formatCount } from '../ui/number-format.ts';
import type { FactLine } from './facts.tsx';

export function reconciliationFact({ agrees, lines }: LoadTestRun['reconciliation']): FactLine {
  if (agrees === null || agrees) return ['Client and server agree', agrees === null ? null : 'yes'];
  const differences = lines
    .filter(({ difference }) => difference !== 0)
    .map(({ what, client, server }) => `${what}: ${formatCount(client)} against ${formatCount(server)}`);
  return ['Client and server differ', differences.join(', ')];
}
