// The loads that a sweep tried, and the highest that met the objectives.
import type { LoadSweepPoint, LoadTestRun } from '@tollgate/contract';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/number-format.ts';
import { FigureMs, formatRate, RateText } from './load-figures.tsx';
import { VerdictTag } from './verdict-tag.tsx';

type Sweep = NonNullable<LoadTestRun['sweep']>;

export function SweepSection({ sweep }: { sweep: Sweep }) {
  const unit = sweep.by === 'rate' ? 'calls/s' : 'at a time';
  return (
    <section className="tg-card" aria-label="Sweep">
      <div className="tg-card-head">
        <h2>
          {sweep.highest_good === null
            ? 'No load was shown to meet the objectives'
            : `${formatRate(sweep.highest_good)} ${unit} met the objectives`}
        </h2>
        {sweep.lowest_bad !== null && (
          <span className="tg-muted">
            {formatRate(sweep.lowest_bad)} {unit} was not shown to
          </span>
        )}
      </div>
      <DataTable
        caption="Loads of the sweep"
        columns={COLUMNS}
        rows={sweep.points}
        rowKey={({ load }) => String(load)}
        initialSort={{ id: 'load', desc: false }}
      />
    </section>
  );
}

const COLUMNS: readonly Column<LoadSweepPoint>[] = [
  { id: 'load', header: 'Load', sortBy: ({ load }) => load, cell: ({ load }) => <b>{formatRate(load)}</b> },
  { id: 'verdict', header: 'Verdict', cell: ({ verdict }) => <VerdictTag verdict={verdict} /> },
  figureColumn('ttft_p50_ms', 'TTFT p50', true),
  figureColumn('ttft_p99_ms', 'TTFT p99', false),
  figureColumn('e2e_p50_ms', 'E2E p50', true),
  figureColumn('e2e_p99_ms', 'E2E p99', true),
  {
    id: 'tps',
    header: 'Tokens/s',
    align: 'end',
    cell: ({ system_tps }) => <RateText value={system_tps} />,
  },
  { id: 'rps', header: 'Calls/s', align: 'end', wideOnly: true, cell: ({ rps }) => <RateText value={rps} /> },
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
];

function figureColumn(
  figure: 'ttft_p50_ms' | 'ttft_p99_ms' | 'e2e_p50_ms' | 'e2e_p99_ms',
  header: string,
  wideOnly: boolean,
): Column<LoadSweepPoint> {
  return {
    id: figure,
    header,
    align: 'end',
    wideOnly,
    cell: (point) => <FigureMs value={point[figure]} />,
  };
}
