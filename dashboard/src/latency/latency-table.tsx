// The quantiles of every figure for each group over the whole range.

import { Link } from '@tanstack/react-router';
import type { LatencyRow } from '@tollgate/contract';
import { useMemo } from 'react';
import type { RangeSearch } from '../range/time-range.ts';
import { groupLabel } from '../spend/group-label.ts';
import { ClippedText } from '../ui/clipped-text.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatDuration, formatShare } from '../ui/number-format.ts';
import {
  FIGURE_LABELS,
  type LatencyFigure,
  type LatencyGroup,
  type LatencySearch,
  QUANTILES,
} from './latency-search.ts';
import { latencyGroupName } from './latency-series.ts';

type LatencyTableSearch = RangeSearch & Pick<LatencySearch, 'team' | 'model' | 'upstream'>;

export function LatencyTable(props: {
  rows: readonly LatencyRow[];
  by: LatencyGroup;
  figure: LatencyFigure;
  /** Range and filters, handed on to the calls behind a figure. */
  search: LatencyTableSearch;
  loading: boolean;
}) {
  const { rows, by, figure, search, loading } = props;
  const columns = useMemo(
    () => [...latencyColumns(by, figure), ...(figure === 'duration' ? [slowestColumn(by, search)] : [])],
    [by, figure, search],
  );
  return (
    <DataTable
      caption={`${FIGURE_LABELS[figure].label} by ${by}`}
      columns={columns}
      rows={rows}
      rowKey={(row) => latencyGroupName(row, by)}
      initialSort={{ id: 'calls', desc: true }}
      loading={loading}
    />
  );
}

function latencyColumns(by: LatencyGroup, figure: LatencyFigure): Column<LatencyRow>[] {
  return [
    {
      id: 'name',
      header: by === 'all' ? 'Calls of' : `${by.charAt(0).toUpperCase()}${by.slice(1)}`,
      sortBy: (row) => latencyGroupName(row, by),
      cell: (row) => (
        <b>
          <ClippedText text={groupLabel(latencyGroupName(row, by), by)} />
        </b>
      ),
    },
    {
      id: 'calls',
      header: 'Calls',
      align: 'end',
      sortBy: (row) => row.calls,
      cell: (row) => formatCount(row.calls),
    },
    {
      id: 'errors',
      header: 'Failed',
      align: 'end',
      wideOnly: true,
      sortBy: (row) => (row.calls === 0 ? 0 : row.errors / row.calls),
      cell: (row) => formatShare(row.calls === 0 ? 0 : row.errors / row.calls),
    },
    ...QUANTILES.map(
      (quantile): Column<LatencyRow> => ({
        id: quantile,
        header: quantile,
        align: 'end',
        hint: `${FIGURE_LABELS[figure].label}: ${FIGURE_LABELS[figure].hint}`,
        sortBy: (row) => row[`${figure}_ms`][quantile],
        cell: (row) => <Milliseconds value={row[`${figure}_ms`][quantile]} />,
      }),
    ),
    {
      id: 'n',
      header: 'Measured',
      align: 'end',
      wideOnly: true,
      hint: 'Calls that have this figure',
      sortBy: (row) => row[`${figure}_ms`].n,
      cell: (row) => formatCount(row[`${figure}_ms`].n),
    },
  ];
}

function Milliseconds({ value }: { value: number | null }) {
  return value === null ? <span className="tg-muted">–</span> : <span>{formatDuration(value)}</span>;
}

/** Leads to the calls that took at least as long as the 95th percentile. Calls can be picked by no other figure. */
function slowestColumn(by: LatencyGroup, search: LatencyTableSearch): Column<LatencyRow> {
  const { range, from, to, team, model, upstream } = search;
  return {
    id: 'slowest',
    header: '',
    align: 'end',
    cell: (row) => {
      const name = latencyGroupName(row, by);
      const { p95 } = row.duration_ms;
      if (p95 === null) return null;
      return (
        <Link
          to="/calls"
          search={{
            range,
            from,
            to,
            team,
            model,
            upstream,
            ...(by === 'all' ? {} : { [by]: name }),
            min_duration_ms: Math.max(1, Math.floor(p95)),
          }}
          className="tg-table-link tg-table-more"
          aria-label={`Slowest calls of ${groupLabel(name, by)}`}
        >
          Slowest
        </Link>
      );
    },
  };
}
