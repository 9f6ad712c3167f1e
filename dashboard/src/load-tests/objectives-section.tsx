// The objectives of a run, each with what was measured and why it was judged so.
import type { LoadObjective, LoadTestRun } from '@tollgate/contract';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatShare } from '../ui/number-format.ts';
import { formatObjectiveValue } from './objective-value.ts';
import { OutcomeWord } from './verdict-tag.tsx';

export function ObjectivesSection({ run }: { run: LoadTestRun }) {
  return (
    <section className="tg-card" aria-label="Objectives">
      <div className="tg-card-head">
        <h2>Objectives</h2>
        <span className="tg-muted">judged at {formatShare(run.confidence)} confidence</span>
      </div>
      {run.objectives.length === 0 ? (
        <p className="tg-load-none tg-muted">
          This run had none. <code>--objective 'ttft.p99&lt;500ms'</code> sets one.
        </p>
      ) : (
        <DataTable
          caption="Objectives"
          columns={COLUMNS}
          rows={run.objectives}
          rowKey={({ objective }) => objective}
        />
      )}
    </section>
  );
}

const COLUMNS: readonly Column<LoadObjective>[] = [
  {
    id: 'objective',
    header: 'Objective',
    cell: ({ objective }) => <span className="tg-mono">{objective}</span>,
  },
  { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => <OutcomeWord outcome={outcome} /> },
  {
    id: 'value',
    header: 'Measured',
    align: 'end',
    cell: ({ metric, value }) =>
      value === null ? <span className="tg-muted">–</span> : formatObjectiveValue(metric, value),
  },
  { id: 'n', header: 'Calls', align: 'end', wideOnly: true, cell: ({ n }) => formatCount(n) },
  {
    id: 'reason',
    header: 'Why',
    wideOnly: true,
    cell: ({ reason, client_could_explain }) => (
      <span className="tg-load-why">
        {reason}
        {client_could_explain && '; the client could explain it'}
      </span>
    ),
  },
];
