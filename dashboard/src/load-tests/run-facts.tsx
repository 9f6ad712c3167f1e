// What surrounds the figures of a run: its tokens, where the time went, the server's own account, and doubts about them.
import type { LoadTestRun } from '@tollgate/contract';
import { CopyIconButton } from '../ui/copy-icon-button.tsx';
import { formatCount, formatDuration, formatShare } from '../ui/number-format.ts';
import { type FactLine, Facts } from './facts.tsx';
import { formatRate } from './load-figures.tsx';
import { reconciliationFact } from './reconciliation-fact.ts';

export function RunFacts({ run }: { run: LoadTestRun }) {
  return (
    <section className="tg-card" aria-label="Context">
      <div className="tg-card-head">
        <h2>Context</h2>
        <span className="tg-muted">
          Run <span className="tg-mono">…{run.id.slice(-8)}</span>{' '}
          <CopyIconButton value={run.id} name="run's id" />
        </span>
      </div>
      <Facts facts={[...callFacts(run), ...phaseFacts(run), ...serverFacts(run)]} />
    </section>
  );
}

function callFacts(run: LoadTestRun): FactLine[] {
  const { tokens, errors_by_kind, steady_state, contamination } = run;
  return [
    ['Calls that count', `${formatCount(run.requests)} of ${formatCount(run.requests_total)}`],
    ['Errors by kind', countsText(errors_by_kind)],
    ['Tokens in', `${formatCount(tokens.input)}, ${formatCount(tokens.cached_input)} of them cached`],
    ['Tokens out', `${formatCount(tokens.output)}, ${formatCount(tokens.reasoning)} of them reasoning`],
    ['Tokens told by', countsText(tokens.calls_by_token_source)],
    ['Connections', run.target.connections === 'reuse' ? 'reused' : 'a fresh one for each call'],
    ['Steady state', steady_state === null ? null : steadyText(steady_state)],
    [
      'Cache hits of new prompts',
      contamination.contaminated
        ? `${formatCount(contamination.calls)} calls, ${formatShare(contamination.share_of_input)} of the input: the figures are contaminated`
        : null,
    ],
  ];
}

function steadyText({ reached, transient_calls }: NonNullable<LoadTestRun['steady_state']>): string {
  return reached ? `reached after ${formatCount(transient_calls)} calls` : 'not reached';
}

function phaseFacts({ phases }: LoadTestRun): FactLine[] {
  const { source, queue_ms, prefill_ms, decode_ms, network_ms } = phases;
  if (source === 'none') return [];
  const parts = Object.entries({
    queue: queue_ms,
    prefill: prefill_ms,
    decode: decode_ms,
    network: network_ms,
  })
    .flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${formatDuration(ms)}`]))
    .join(', ');
  return [['A mean call', `${parts} (told by ${source === 'metrics' ? "the server's metrics" : source})`]];
}

function serverFacts({ server, reconciliation }: LoadTestRun): FactLine[] {
  if (server === null) return [];
  const share = (value: number | null) => (value === null ? null : formatShare(value));
  const figure = (value: number | null) => (value === null ? null : formatRate(value));
  return [
    ['Server metrics', `${server.metrics_url}, read ${formatCount(server.scrapes)} times`],
    ['Most calls running', figure(server.peak_running)],
    ['Most calls waiting', figure(server.peak_waiting)],
    ['KV cache at most', share(server.peak_kv_cache_usage)],
    ['GPU utilisation, mean', share(server.mean_gpu_utilization)],
    ['Energy', server.energy_joules === null ? null : `${formatRate(server.energy_joules)} J`],
    ['Preemptions', figure(server.preemptions)],
    reconciliationFact(reconciliation),
  ];
}

function countsText(counts: Readonly<Record<string, number>>): string | null {
  const texts = Object.entries(counts).map(
    ([name, count]) => `${name.replaceAll('_', ' ')} ${formatCount(count)}`,
  );
  return texts.length === 0 ? null : texts.join(', ');
}
