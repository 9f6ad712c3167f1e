// The stored load tests, newest first: what was measured, how it was judged, and the figures people ask for first.
import { Select } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type LoadTestSummary, LoadTestsAnswer, LoadVerdict } from '@tollgate/contract';
import { useMemo } from 'react';
import { useApi } from '../api/api-context.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { rangeParameters } from '../range/time-range.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { ListFailure } from '../ui/list-failure.tsx';
import { formatCount, formatShare } from '../ui/number-format.ts';
import { OlderButton } from '../ui/older-button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { useOlderPages } from '../ui/use-older-pages.ts';
import { FigureMs, hostOf, RateText } from './load-figures.tsx';
import type { LoadTestsSearch } from './load-tests-search.ts';
import { NoLoadTests } from './no-load-tests.tsx';
import { VerdictTag } from './verdict-tag.tsx';
import './load-tests.css';

const PAGE_SIZE = 50;
const EVERY_VERDICT = 'every';

export function LoadTestsPage() {
  const search = useSearch({ from: '/app/load-tests' });
  const navigate = useNavigate({ from: '/load-tests' });
  const change = (next: Partial<LoadTestsSearch>) =>
    void navigate({ search: (now) => ({ ...now, ...next }) });
  const api = useApi();
  const list = useOlderPages<LoadTestsAnswer>({
    key: ['load-tests', search],
    ask: (cursor, signal) =>
      api.get({
        path: 'load-tests',
        schema: LoadTestsAnswer,
        signal,
        parameters: {
          ...rangeParameters(search, Date.now()),
          verdict: search.verdict,
          limit: PAGE_SIZE,
          cursor,
        },
      }),
  });
  const runs = useMemo(() => list.pages?.flatMap((page) => page.runs) ?? [], [list.pages]);
  const columns = useMemo(() => [runColumn(search), ...COLUMNS], [search]);
  const isEmpty = list.pages !== undefined && runs.length === 0;
  return (
    <div className="tg-page">
      <PageHeader title="Load tests">
        <Select
          size="xs"
          w={150}
          aria-label="Verdict"
          allowDeselect={false}
          data={[{ value: EVERY_VERDICT, label: 'Every verdict' }, ...LoadVerdict.options]}
          value={search.verdict ?? EVERY_VERDICT}
          onChange={(value) => change({ verdict: LoadVerdict.safeParse(value).data })}
        />
        <RangePicker value={search} onChange={change} />
      </PageHeader>
      <ListFailure list={list} />
      {isEmpty && <NoLoadTests search={search} onChange={change} />}
      {!isEmpty && (list.pages !== undefined || list.error === null) && (
        <section className="tg-card">
          <DataTable
            caption="Load tests, newest first"
            columns={columns}
            rows={runs}
            rowKey={({ id }) => id}
            loading={list.pages === undefined}
            onRowClick={({ id }) =>
              void navigate({ to: '/load-tests/$runId', params: { runId: id }, search })
            }
          />
          <OlderButton list={list} />
        </section>
      )}
    </div>
  );
}

function runColumn(search: LoadTestsSearch): Column<LoadTestSummary> {
  return {
    id: 'run',
    header: 'Run',
    sortBy: ({ name }) => name,
    cell: ({ id, name, model, target }) => (
      <span className="tg-load-run">
        <Link to="/load-tests/$runId" params={{ runId: id }} search={search} className="tg-table-link">
          {name}
        </Link>
        <span className="tg-muted" title={target}>
          {model} at {hostOf(target)}
        </span>
      </span>
    ),
  };
}

const COLUMNS: readonly Column<LoadTestSummary>[] = [
  { id: 'at', header: 'When', wideOnly: true, cell: ({ started_at }) => <TimeText at={started_at} /> },
  {
    id: 'verdict',
    header: 'Verdict',
    sortBy: ({ verdict }) => verdict,
    cell: ({ verdict }) => <VerdictTag verdict={verdict} />,
  },
  { id: 'shape', header: 'Shape', wideOnly: true, sortBy: ({ shape }) => shape, cell: ({ shape }) => shape },
  figureColumn('ttft_p50_ms', 'TTFT p50', 'Time to first token, from the sending of the request'),
  {
    ...figureColumn('ttft_p99_ms', 'TTFT p99', 'Time to first token, 99 of 100 calls'),
    wideOnly: false,
  },
  figureColumn('tpot_p50_ms', 'TPOT p50', 'Time per output token after the first one'),
  {
    id: 'e2e',
    header: 'E2E p50 · p99',
    align: 'end',
    wideOnly: true,
    hint: 'From the sending of the request to the last token; sorted by p99',
    sortBy: ({ e2e_p99_ms }) => e2e_p99_ms,
    cell: ({ e2e_p50_ms, e2e_p99_ms }) => (
      <>
        <FigureMs value={e2e_p50_ms} /> <span className="tg-muted">·</span> <FigureMs value={e2e_p99_ms} />
      </>
    ),
  },
  {
    id: 'tps',
    header: 'Tokens/s',
    align: 'end',
    wideOnly: true,
    hint: 'Output tokens a second of the whole system, in the steady window',
    sortBy: ({ system_tps }) => system_tps,
    cell: ({ system_tps }) => <RateText value={system_tps} />,
  },
  {
    id: 'errors',
    header: 'Errors',
    align: 'end',
    wideOnly: true,
    hint: 'Failed calls, of the calls that count',
    sortBy: ({ errors, requests }) => (requests === 0 ? 0 : errors / requests),
    cell: ({ errors, requests }) => (
      <span
        title={`${formatShare(requests === 0 ? 0 : errors / requests)} of ${formatCount(requests)} calls`}
        className={errors === 0 ? 'tg-muted' : ''}
      >
        {formatCount(errors)}
      </span>
    ),
  },
];

type Figure = 'ttft_p50_ms' | 'ttft_p99_ms' | 'tpot_p50_ms';

function figureColumn(figure: Figure, header: string, hint: string): Column<LoadTestSummary> {
  return {
    id: figure,
    header,
    hint,
    align: 'end',
    wideOnly: true,
    sortBy: (run) => run[figure],
    cell: (run) => <FigureMs value={run[figure]} />,
  };
}
