// The arms of a comparison side by side, what changed between them, and which phase the change sits in.
import type { LoadArm, LoadComparison, LoadEffect } from '@tollgate/contract';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/number-format.ts';
import { FigureMs, formatRate, RateText } from './load-figures.tsx';
import { OutcomeWord } from './verdict-tag.tsx';

export function ComparisonSection({ comparison }: { comparison: LoadComparison }) {
  const { arms, effects, attribution, baseline, candidate } = comparison;
  return (
    <section className="tg-card" aria-label="Comparison">
      <div className="tg-card-head">
        <h2>Comparison</h2>
        <span className="tg-muted">
          {candidate === null ? `against ${baseline}` : `${candidate} against ${baseline}`}
        </span>
      </div>
      <DataTable
        caption="Arms of the comparison"
        columns={ARM_COLUMNS}
        rows={arms}
        rowKey={(arm) => String(arms.indexOf(arm))}
      />
      {effects.length > 0 && (
        <DataTable
          caption="What changed"
          columns={EFFECT_COLUMNS}
          rows={effects}
          rowKey={({ measure }) => measure}
        />
      )}
      {attribution.length > 0 && (
        <ul className="tg-load-list">
          {attribution.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

const ARM_COLUMNS: readonly Column<LoadArm>[] = [
  { id: 'name', header: 'Arm', cell: ({ name }) => <b>{name}</b> },
  {
    id: 'errors',
    header: 'Errors',
    align: 'end',
    wideOnly: true,
    cell: ({ errors, requests }) => (
      <>
        {formatCount(errors)} <span className="tg-muted">of {formatCount(requests)}</span>
      </>
    ),
  },
  armColumn('ttft_ms', 'p50', 'TTFT p50', false),
  armColumn('ttft_ms', 'p99', 'TTFT p99', false),
  armColumn('tpot_ms', 'p50', 'TPOT p50', true),
  armColumn('e2e_ms', 'p50', 'E2E p50', true),
  armColumn('e2e_ms', 'p99', 'E2E p99', true),
];

function armColumn(
  figure: 'ttft_ms' | 'tpot_ms' | 'e2e_ms',
  stat: 'p50' | 'p99',
  header: string,
  wideOnly: boolean,
): Column<LoadArm> {
  return {
    id: `${figure}-${stat}`,
    header,
    align: 'end',
    wideOnly,
    cell: (arm) => <FigureMs value={arm[figure][stat]} />,
  };
}

const EFFECT_COLUMNS: readonly Column<LoadEffect>[] = [
  { id: 'measure', header: 'Measure', cell: ({ measure }) => <span className="tg-mono">{measure}</span> },
  {
    id: 'outcome',
    header: 'Outcome',
    cell: ({ outcome, reason }) => (
      <span title={reason}>
        <OutcomeWord outcome={outcome} />
      </span>
    ),
  },
  {
    id: 'baseline',
    header: 'Baseline',
    align: 'end',
    wideOnly: true,
    cell: ({ baseline }) => <RateText value={baseline} />,
  },
  {
    id: 'candidate',
    header: 'Candidate',
    align: 'end',
    wideOnly: true,
    cell: ({ candidate }) => <RateText value={candidate} />,
  },
  {
    id: 'change',
    header: 'Change',
    align: 'end',
    cell: ({ measure, change_percent }) => <Change of={measure} value={change_percent} />,
  },
  {
    id: 'interval',
    header: 'Interval',
    align: 'end',
    wideOnly: true,
    cell: ({ measure, interval_percent }) =>
      interval_percent === null ? (
        <Change of={measure} value={null} />
      ) : (
        <>
          <Change of={measure} value={interval_percent.low} /> …{' '}
          <Change of={measure} value={interval_percent.high} />
        </>
      ),
  },
  {
    id: 'noise',
    header: 'Noise floor',
    align: 'end',
    wideOnly: true,
    hint: 'The change that the baseline shows against its own second run, 95th percentile',
    cell: ({ measure, noise_floor_percent }) => <Change of={measure} value={noise_floor_percent} />,
  },
];

/** Shares of failed calls differ by points, times by per cent. */
function Change({ of, value }: { of: string; value: number | null }) {
  if (value === null) return <span className="tg-muted">–</span>;
  return (
    <span>
      {value > 0 ? '+' : value < 0 ? '−' : ''}
      {formatRate(Math.abs(value))} {of === 'errors' ? 'points' : '%'}
    </span>
  );
}
