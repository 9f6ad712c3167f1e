// The load in words, for reports.
import type { LoadTestRun } from '@tollgate/contract';
import { isClosedLoop, type LoadPlan, type ShapeSpec } from './load-plan.ts';
import type { LoadtestOptions } from './loadtest-options.ts';

export function describeLoad(options: LoadtestOptions, plan: LoadPlan): LoadTestRun['load'] {
  const limit = plan.requests === null ? '' : `, ${plan.requests} calls`;
  const time = plan.durationMs === null ? '' : `, ${plan.durationMs / 1000} s`;
  return {
    test:
      options.sweep === undefined
        ? (options.test ?? (options.compare === undefined ? 'run' : 'comparison'))
        : 'sweep',
    shape: plan.shape.kind === 'open' ? plan.shape.name : plan.shape.kind,
    loop: isClosedLoop(plan.shape) ? 'closed' : 'open',
    description: `${describeShape(plan.shape)}${limit}${time}`,
    workload: describeWorkload(plan),
    seed: plan.seed,
  };
}

function describeShape(shape: ShapeSpec): string {
  switch (shape.kind) {
    case 'closed':
      return `closed loop, ${shape.concurrency} at a time, started over ${shape.rampUpMs / 1000} s`;
    case 'users':
      return `${shape.users} users joining over ${shape.rampUpMs / 1000} s, thinking ${shape.thinkMs / 1000} s on average`;
    case 'multi-turn':
      return `${shape.sessions} conversations at a time of ${shape.turns} turns`;
    case 'open': {
      const rates = shape.profile.map(({ fromRps, toRps }) =>
        fromRps === toRps ? `${fromRps}` : `${fromRps}→${toRps}`,
      );
      const arrivals =
        shape.arrivals.kind === 'gamma' ? `gamma(${shape.arrivals.shape})` : shape.arrivals.kind;
      return `open loop, ${shape.name}, ${rates.join(', ')} calls/s, ${arrivals} arrivals`;
    }
    case 'trace':
      return `replay of ${shape.trace.length} recorded calls at ${shape.speed}× speed`;
  }
}

function describeWorkload({ workload }: LoadPlan): string {
  const nonce = workload.nonce ? 'a nonce in each prompt' : 'no nonce';
  if (workload.kind === 'prompts') return `prompts of a file, ${nonce}`;
  const prefix =
    workload.sharedPrefix === null
      ? ''
      : `, ${workload.sharedPrefix.tokens} tokens of prefix shared in ${workload.sharedPrefix.groups} group(s)`;
  return `synthetic, ${workload.inputTokens} tokens in, ${workload.outputTokens ?? 'unbounded'} out${prefix}, ${nonce}`;
}
