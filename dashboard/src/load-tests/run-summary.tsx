// What was measured, with which load, and the reasons of the verdict.
import type { LoadTestRun } from '@tollgate/contract';
import { formatCount, formatDuration } from '../ui/number-format.ts';
import { TimeText } from '../ui/time-text.tsx';

export function RunSummary({ run }: { run: LoadTestRun }) {
  const { target, load, verdict_reasons, more_requests_needed } = run;
  return (
    <section className="tg-card tg-load-summary" aria-label="What was measured">
      <p>
        <b>{target.model}</b> at <span className="tg-mono">{target.url}</span>{' '}
        <span className="tg-muted">({target.api})</span>
      </p>
      <p className="tg-muted">{load.description}</p>
      <p className="tg-muted">{load.workload}</p>
      <p className="tg-muted">
        <TimeText at={run.started_at} />, {formatDuration(run.duration_ms)} of load
      </p>
      {verdict_reasons.length > 0 && (
        <ul className="tg-load-reasons" data-verdict={run.verdict}>
          {verdict_reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {more_requests_needed !== null && (
        <p>
          About <b>{formatCount(more_requests_needed)}</b> more requests are needed to decide.
        </p>
      )}
    </section>
  );
}
