// Puts the account of seen and stored calls into words: what is lacking, whether it will come, and what to do.
import type { Completeness } from '@tollgate/contract';
import { formatCount } from '../ui/number-format.ts';

export interface CompletenessExplanation {
  tone: 'good' | 'warn' | 'bad';
  label: string;
  sentences: string[];
  missing: number;
}

export function explainCompleteness({
  seen,
  stored,
  spooled,
  dropped,
}: Completeness): CompletenessExplanation {
  const missing = Math.max(0, seen - stored - spooled - dropped);
  const sentences: string[] = [];
  if (missing > 0) {
    sentences.push(
      `${calls(missing)} seen by a sidecar and neither stored, nor on the way, nor counted as dropped. A sidecar may have been killed, or its spool deleted: see its log.`,
    );
  }
  if (dropped > 0) {
    sentences.push(
      `${calls(dropped)} given up by a sidecar whose spool was full or not writable: their cost is not in these figures. Raise the spool's limit, or bring the collector back sooner.`,
    );
  }
  if (spooled > 0) {
    sentences.push(
      `${calls(spooled)} recorded by a sidecar and not yet stored here. They arrive by themselves.`,
    );
  }
  if (sentences.length === 0) sentences.push('Every call that a sidecar has seen is in these figures.');
  if (missing > 0) return { tone: 'bad', label: `${formatCount(missing)} missing`, sentences, missing };
  if (dropped > 0) return { tone: 'bad', label: `${formatCount(dropped)} dropped`, sentences, missing };
  if (spooled > 0) return { tone: 'warn', label: `${formatCount(spooled)} on the way`, sentences, missing };
  return { tone: 'good', label: 'Complete', sentences, missing };
}

function calls(count: number): string {
  return count === 1 ? '1 call was' : `${formatCount(count)} calls were`;
}
