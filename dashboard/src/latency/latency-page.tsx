// Where the milliseconds go: quantiles over time and by group, for whoever is woken by an alert.
import { SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { RangePicker } from '../range/range-picker.tsx';
import { FilterChips } from '../spend/filter-chips.tsx';
import { ErrorNotice, Notice, StaleNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { LatencyChart } from './latency-chart.tsx';
import {
  FIGURE_LABELS,
  LATENCY_FIGURES,
  LATENCY_GROUPS,
  type LatencySearch,
  latencyFilters,
  QUANTILES,
} from './latency-search.ts';
import { LatencyTable } from './latency-table.tsx';
import { useLatency } from './use-latency.ts';

type Change = (next: Partial<LatencySearch>) => void;

const GROUP_LABELS = { all: 'All calls', model: 'Model', upstream: 'Upstream', team: 'Team' } as const;

export function LatencyPage() {
  const search = useSearch({ from: '/app/latency' });
  const navigate = useNavigate({ from: '/latency' });
  const change: Change = (next) => void navigate({ search: (now) => ({ ...now, ...next }) });
  const latency = useLatency(search);
  const { data, error, isPlaceholderData } = latency;
  return (
    <div className="tg-page">
      <PageHeader title="Latency">
        <RangePicker value={search} onChange={change} />
      </PageHeader>
      <FilterChips
        filters={latencyFilters(search)}
        onRemove={(dimension) => change({ [dimension]: undefined })}
      />
      {data === undefined && error !== null && (
        <ErrorNotice error={error} onRetry={() => void latency.refetch()} />
      )}
      {data !== undefined && error !== null && <StaleNotice error={error} />}
      {data !== undefined && data.totals.rows.length === 0 && (
        <Notice icon="latency" title="No calls in this time">
          <p>
            {latencyFilters(search).length > 0
              ? 'Nothing fits the filters in the chosen time.'
              : 'Quantiles appear with the first call. Choose a longer time to look further back.'}
          </p>
        </Notice>
      )}
      {(data === undefined ? error === null : data.totals.rows.length > 0) && (
        <>
          <section className="tg-card tg-chart-card" aria-label="Over time" data-fading={isPlaceholderData}>
            <LatencyControls search={search} onChange={change} />
            <LatencyChart latency={data} figure={search.figure} quantile={search.quantile} />
          </section>
          <section className="tg-card" aria-label="By group" data-fading={isPlaceholderData}>
            <div className="tg-card-head">
              <h2>{FIGURE_LABELS[search.figure].label}</h2>
              <span className="tg-muted">{FIGURE_LABELS[search.figure].hint}</span>
            </div>
            <LatencyTable
              rows={data?.totals.rows ?? []}
              by={data?.by ?? search.by}
              figure={search.figure}
              search={search}
              loading={data === undefined}
            />
          </section>
        </>
      )}
    </div>
  );
}

function LatencyControls({ search, onChange }: { search: LatencySearch; onChange: Change }) {
  return (
    <div className="tg-chart-controls">
      <div className="tg-scroll-x">
        <SegmentedControl
          size="xs"
          aria-label="Figure"
          value={search.figure}
          data={LATENCY_FIGURES.map((value) => ({ value, label: FIGURE_LABELS[value].label }))}
          onChange={(value) =>
            onChange({ figure: LATENCY_FIGURES.find((one) => one === value) ?? 'duration' })
          }
        />
      </div>
      <div className="tg-chart-measures">
        <SegmentedControl
          size="xs"
          aria-label="Group by"
          value={search.by}
          data={LATENCY_GROUPS.map((value) => ({ value, label: GROUP_LABELS[value] }))}
          onChange={(value) => onChange({ by: LATENCY_GROUPS.find((one) => one === value) ?? 'model' })}
        />
        {search.by !== 'all' && (
          <SegmentedControl
            size="xs"
            aria-label="Quantile"
            value={search.quantile}
            data={[...QUANTILES]}
            onChange={(value) => onChange({ quantile: QUANTILES.find((one) => one === value) ?? 'p95' })}
          />
        )}
      </div>
    </div>
  );
}
