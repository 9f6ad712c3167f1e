// Where the money goes: totals, cost over time and by group, for finance and for whoever is asked why it rose.
import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef } from 'react';
import { RangePicker } from '../range/range-picker.tsx';
import { downloadText } from '../ui/csv.ts';
import { FirstCallNotice } from '../ui/first-call-notice.tsx';
import { Icon } from '../ui/icons.tsx';
import { ErrorNotice, Notice, StaleNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { CompletenessBadge } from './completeness-badge.tsx';
import { FilterChips } from './filter-chips.tsx';
import { SpendChart } from './spend-chart.tsx';
import { SpendControls } from './spend-controls.tsx';
import { spendCsv, spendCsvName } from './spend-csv.ts';
import { SpendFigures } from './spend-figures.tsx';
import { groupTotals, type SpendGroup, totalOf } from './spend-groups.ts';
import { drillDown, type SpendSearch, spendFilters } from './spend-search.ts';
import { SpendTable } from './spend-table.tsx';
import { usePrecedingSpend, useSpend } from './use-spend.ts';
import './spend-page.css';

export function SpendPage() {
  const search = useSearch({ from: '/app/spend' });
  const navigate = useNavigate({ from: '/spend' });
  const change = useCallback(
    (next: Partial<SpendSearch>) => void navigate({ search: (now) => ({ ...now, ...next }) }),
    [navigate],
  );
  const spend = useSpend(search);
  return (
    <div className="tg-page">
      <PageHeader
        title="Spend"
        aside={
          spend.data && <CompletenessBadge completeness={spend.data.answer.completeness} range={search} />
        }
      >
        <RangePicker value={search} onChange={change} />
      </PageHeader>
      <FilterChips
        filters={spendFilters(search)}
        onRemove={(dimension) => change({ [dimension]: undefined })}
      />
      {spend.data === undefined && spend.error !== null ? (
        <ErrorNotice error={spend.error} onRetry={() => void spend.refetch()} />
      ) : (
        <SpendBody search={search} change={change} spend={spend} />
      )}
    </div>
  );
}

function SpendBody(props: {
  search: SpendSearch;
  change: (next: Partial<SpendSearch>) => void;
  spend: ReturnType<typeof useSpend>;
}) {
  const { search, change } = props;
  const { data, error, isPlaceholderData } = props.spend;
  const preceding = usePrecedingSpend(search);
  const by = data?.by ?? search.by;
  const rows = data?.answer.rows;
  const groups = useMemo(() => groupTotals(rows ?? [], by), [rows, by]);
  /** As the table shows them. */
  const inOrder = useRef<readonly SpendGroup[]>(groups);
  const total = useMemo(() => totalOf(rows ?? []), [rows]);
  const before = useMemo(
    () => (preceding.data === undefined ? undefined : totalOf(preceding.data.rows)),
    [preceding.data],
  );
  const pick = useCallback((name: string) => change(drillDown(search, name)), [change, search]);
  if (data !== undefined && groups.length === 0)
    return <NoSpend search={search} change={change} before={before?.calls} />;
  return (
    <>
      {error !== null && <StaleNotice error={error} />}
      <SpendFigures total={total} before={before} range={search.range} loading={data === undefined} />
      <section className="tg-card tg-chart-card" aria-label="Over time" data-fading={isPlaceholderData}>
        <SpendControls search={search} span={data?.span} interval={data?.interval} onChange={change} />
        <SpendChart spend={data} measure={search.measure} onPick={pick} />
      </section>
      <section className="tg-card" aria-label="By group" data-fading={isPlaceholderData}>
        <div className="tg-card-head">
          <h2>By {by}</h2>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<Icon name="download" size={15} />}
            disabled={data === undefined}
            onClick={() => {
              if (data === undefined) return;
              const name = spendCsvName(by, spendFilters(search), data.span);
              downloadText(name, spendCsv(by, inOrder.current));
            }}
          >
            CSV
          </Button>
        </div>
        <SpendTable
          by={by}
          search={search}
          groups={groups}
          total={total}
          loading={data === undefined}
          onPick={pick}
          onOrder={(rows) => {
            inOrder.current = rows;
          }}
        />
      </section>
    </>
  );
}

function NoSpend(props: {
  search: SpendSearch;
  change: (next: Partial<SpendSearch>) => void;
  before: number | undefined;
}) {
  const { search, change, before } = props;
  const isFiltered = spendFilters(search).length > 0;
  if (!isFiltered && (before ?? 0) === 0 && search.range !== 'custom') return <FirstCallNotice />;
  return (
    <Notice icon="spend" title="No calls in this time">
      <p>
        {isFiltered
          ? 'Nothing fits the filters in the chosen time.'
          : 'Nothing was called in the chosen time.'}
      </p>
      <Button
        size="xs"
        variant="default"
        onClick={() => change({ range: '30d', from: undefined, to: undefined })}
      >
        Look at the last 30 days
      </Button>
    </Notice>
  );
}
