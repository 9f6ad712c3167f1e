import { expect, it } from 'vitest';
import { formatObjectiveValue } from './objective-value.ts';

const check = (metric: string, value: number, shown: string) =>
  it(`writes ${metric} as ${shown}`, () => expect(formatObjectiveValue(metric, value)).toBe(shown));
check('ttft', 19.12, '19.1 ms');
check('e2e_scheduled', 1234.5, '1,235 ms');
check('system_tps', 87.24, '87.2 tokens/s');
check('goodput_rps', 3.5, '3.5 calls/s');
check('error_rate', 0.0125, '1.3 %');
check('cost_per_1k_calls', 0.4, '$0.40');
