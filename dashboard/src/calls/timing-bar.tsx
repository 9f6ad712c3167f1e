// Where the time of one call went, as one bar and a list: our gateway, the connection, the waits, the generation.
import type { CallDetail } from '@tollgate/contract';
import { formatDuration } from '../ui/number-format.ts';
import { type PhaseName, timingPhases, tokensPerSecond } from './timing-phases.ts';

const PHASES: Record<PhaseName, { label: string; color: string; hint: string }> = {
  gateway: { label: 'Gateway', color: '#7b3a7d', hint: 'Queue, authentication and policies of the sidecar' },
  connect: { label: 'Connect', color: '#dc941b', hint: 'Waiting for a connection to the provider' },
  first_byte: { label: 'Wait for first byte', color: '#33cdf2', hint: "The provider's queue and prefill" },
  first_token: { label: 'To first token', color: '#258b78', hint: 'From the first byte to the first token' },
  generation: { label: 'Generation', color: '#1f55d3', hint: 'From the first token to the end' },
};

export function TimingBar({ call }: { call: CallDetail }) {
  const phases = timingPhases(call);
  const isStreamed = call.time_to_first_answer_ms !== null || call.time_to_first_reasoning_ms !== null;
  const speed = tokensPerSecond(call, call.output_tokens);
  return (
    <section aria-label="Timing">
      <h3>Timing</h3>
      <div className="tg-bar" aria-hidden="true">
        {phases.map(({ name, lengthMs }) => (
          <span
            key={name}
            style={{ flexGrow: lengthMs / Math.max(call.duration_ms, 0.001), background: PHASES[name].color }}
            title={`${PHASES[name].label}: ${formatDuration(lengthMs)}`}
          />
        ))}
      </div>
      <dl className="tg-lines">
        {phases.map(({ name, startMs, lengthMs }) => (
          <div key={name} title={PHASES[name].hint}>
            <dt>
              <span className="tg-swatch" style={{ background: PHASES[name].color }} />
              {name === 'generation' && !isStreamed ? 'Wait for the answer' : PHASES[name].label}
            </dt>
            <dd className="tg-muted">at {formatDuration(startMs)}</dd>
            <dd>{formatDuration(lengthMs)}</dd>
          </div>
        ))}
        <div className="tg-lines-total">
          <dt>Duration</dt>
          <dd />
          <dd>{formatDuration(call.duration_ms)}</dd>
        </div>
      </dl>
      <TimingNotes call={call} speed={speed} />
    </section>
  );
}

function TimingNotes({ call, speed }: { call: CallDetail; speed: number | null }) {
  const notes: [string, string][] = [];
  if (call.ttft_ms !== null) notes.push(['Time to first token', formatDuration(call.ttft_ms)]);
  if (speed !== null) notes.push(['Speed', `${speed.toFixed(1)} tokens/s`]);
  if (call.inter_token_p50_ms !== null) {
    const p99 = call.inter_token_p99_ms === null ? '' : ` · p99 ${formatDuration(call.inter_token_p99_ms)}`;
    notes.push(['Gap between tokens', `p50 ${formatDuration(call.inter_token_p50_ms)}${p99}`]);
  }
  if (call.max_stall_ms !== null) notes.push(['Longest stall', formatDuration(call.max_stall_ms)]);
  if (call.client_blocked_ms > 0)
    notes.push(['Held back by the client', formatDuration(call.client_blocked_ms)]);
  notes.push(['Our overhead', formatDuration(call.overhead_ms)]);
  return (
    <dl className="tg-facts">
      {notes.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="tg-num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
