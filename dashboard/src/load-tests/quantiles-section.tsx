// Every measured distribution of a run with its quantiles. Nearest rank, as the report holds them; nothing is computed here.
import type { LoadDistribution, LoadTestRun } from '@tollgate/contract';
import { useMemo } from 'react';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/number-format.ts';
import { FigureMs, RateText } from './load-figures.tsx';

const MEASURES = [
  ['ttft_ms', 'TTFT', 'Time to first token, from the sending of the request'],
  ['ttft_scheduled_ms', 'TTFT from schedule', 'From when the request was due: queueing in the client counts'],
  ['ttft_fresh_connection_ms', 'TTFT, fresh connection', 'Calls that had to connect first'],
  ['ttft_reused_connection_ms', 'TTFT, reused connection', 'Calls on an open connection'],
  ['ttfo_ms', 'TTFO', 'Time to the first token of the answer itself, after reasoning'],
  ['ttst_ms', 'TTST', 'From the first token to the second event'],
  ['tpot_ms', 'TPOT', 'Time per output token after the first one'],
  ['itl_ms', 'ITL', 'Gap between tokens, all calls pooled'],
  ['icl_ms', 'ICL', 'Gap between events of a stream, all calls pooled'],
  ['stall_ms', 'Longest stall', 'Longest gap of each call'],
  ['e2e_ms', 'E2E', 'From the sending of the request to the last token'],
  ['e2e_scheduled_ms', 'E2E from schedule', 'From when the request was due to the last token'],
  ['close_ms', 'Stream close', 'From the sending of the request to the end of the stream'],
  ['connect_ms', 'Connect', 'Opening of fresh connections'],
  ['send_lag_ms', 'Send lag', 'How late the client sent, against its schedule'],
  ['tps_per_user', 'Tokens/s per user', '1 / TPOT'],
  ['tps_per_call', 'Tokens/s per call', 'Output tokens / E2E'],
] as const satisfies readonly (readonly [keyof LoadTestRun, string, string])[];

interface Measure {
  key: string;
  name: string;
  hint: string;
  isRate: boolean;
  of: LoadDistribution;
}

export function QuantilesSection({ run }: { run: LoadTestRun }) {
  const rows = useMemo(
    () =>
      MEASURES.map(
        ([key, name, hint]): Measure => ({ key, name, hint, isRate: key.startsWith('tps'), of: run[key] }),
      ).filter(({ of }) => of.n > 0),
    [run],
  );
  if (rows.length === 0) return null;
  return (
    <section className="tg-card" aria-label="Quantiles">
      <div className="tg-card-head">
        <h2>Quantiles</h2>
        <span className="tg-muted">nearest rank; hover a measure for its definition</span>
      </div>
      <DataTable caption="Measured distributions" columns={COLUMNS} rows={rows} rowKey={({ key }) => key} />
    </section>
  );
}

const COLUMNS: readonly Column<Measure>[] = [
  { id: 'name', header: 'Measure', cell: ({ name, hint }) => <b title={hint}>{name}</b> },
  { id: 'n', header: 'n', align: 'end', wideOnly: true, cell: ({ of }) => formatCount(of.n) },
  column('mean', true),
  column('min', true),
  column('p50', false),
  column('p90', true),
  column('p95', true),
  column('p99', false),
  { ...column('p999', true), header: 'p99.9' },
  column('max', true),
];

type Stat = 'mean' | 'min' | 'p50' | 'p90' | 'p95' | 'p99' | 'p999' | 'max';

function column(stat: Stat, wideOnly: boolean): Column<Measure> {
  return {
    id: stat,
    header: stat,
    align: 'end',
    wideOnly,
    cell: ({ of, isRate }) => (
      <span title={intervalOf(of, stat)}>
        {isRate ? <RateText value={of[stat]} /> : <FigureMs value={of[stat]} />}
      </span>
    ),
  };
}

function intervalOf({ ci95 }: LoadDistribution, stat: Stat): string | undefined {
  if (ci95 === undefined || stat === 'min' || stat === 'max' || stat === 'p999') return undefined;
  const interval = ci95[stat];
  if (interval === null) return 'The sample is too small for an interval';
  return `95 % interval: ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`;
}
