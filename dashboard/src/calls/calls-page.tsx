// The newest calls as they come in, for whoever asks what just happened. One call opens beside the list.
import { Button, CloseButton, Skeleton } from '@mantine/core';
import { Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { RangePicker } from '../range/range-picker.tsx';
import { groupLabel } from '../spend/group-label.ts';
import { FirstCallNotice } from '../ui/first-call-notice.tsx';
import { Icon } from '../ui/icons.tsx';
import { ErrorNotice, Notice, StaleNotice } from '../ui/notice.tsx';
import { formatCount } from '../ui/number-format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { CallFilterBar } from './call-filter-bar.tsx';
import { activeFilters, CALL_FILTER_LABELS, type CallFilter, type CallsSearch } from './calls-search.ts';
import { CallsTable } from './calls-table.tsx';
import { FROM_LIST } from './return-to-list.ts';
import { type LiveCalls, useLiveCalls } from './use-live-calls.ts';

const HOLD_BELOW_PX = 240;
/** Filters that other pages set: shown as chips, since the bar has no field for them, nor a word for `no team`. */
const CHIP_FILTERS: readonly string[] = ['app', 'upstream', 'session', 'prompt_digest'];

export function CallsPage() {
  const search = useSearch({ from: '/app/calls' });
  const navigate = useNavigate();
  const change = useCallback(
    (next: Partial<CallsSearch>) =>
      void navigate({ to: '.', search: (now) => ({ ...now, ...next }), resetScroll: false }),
    [navigate],
  );
  const isScrolled = useIsScrolled(HOLD_BELOW_PX);
  const live = useLiveCalls(search, isScrolled);
  return (
    <div className="tg-page">
      <PageHeader title="Calls">
        <RangePicker value={search} onChange={change} />
      </PageHeader>
      <CallFilterBar search={search} onChange={change} />
      <CallChips search={search} onChange={change} />
      <CallsBody live={live} search={search} change={change} />
      <Outlet />
    </div>
  );
}

function CallsBody(props: {
  live: LiveCalls;
  search: CallsSearch;
  change: (next: Partial<CallsSearch>) => void;
}) {
  const { live, search, change } = props;
  const navigate = useNavigate();
  const open = useCallback(
    (callId: string) =>
      void navigate({
        to: '/calls/$callId',
        params: { callId },
        search: (now) => now,
        state: FROM_LIST,
        resetScroll: false,
      }),
    [navigate],
  );
  if (live.list === null) {
    return live.error === null ? <CallsSkeleton /> : <ErrorNotice error={live.error} onRetry={live.retry} />;
  }
  if (live.list.calls.length === 0) return <NoCalls search={search} change={change} />;
  const hasOlder = live.list.older !== null;
  return (
    <>
      {live.error !== null && <StaleNotice error={live.error} />}
      <section className="tg-card" aria-label="Calls">
        {live.waiting > 0 && <WaitingButton live={live} />}
        <CallsTable calls={live.list.calls} hasOlder={hasOlder} onNeedOlder={live.loadOlder} onOpen={open} />
        <p className="tg-calls-more">
          {hasOlder
            ? 'Loading older calls …'
            : `That is all: ${formatCount(live.list.calls.length)} calls in this time.`}
        </p>
      </section>
    </>
  );
}

function WaitingButton({ live }: { live: LiveCalls }) {
  const show = () => {
    live.showWaiting();
    window.scrollTo({ top: 0 });
  };
  return (
    <div className="tg-calls-waiting">
      <Button radius="xl" size="xs" leftSection={<Icon name="up" size={14} />} onClick={show}>
        {live.waiting >= 100 ? 'Many' : live.waiting} new {live.waiting === 1 ? 'call' : 'calls'}
      </Button>
    </div>
  );
}

function CallChips(props: { search: CallsSearch; onChange: (next: Partial<CallsSearch>) => void }) {
  const chips = activeFilters(props.search).filter(
    ({ filter, value }) => value === '' || CHIP_FILTERS.includes(filter),
  );
  if (chips.length === 0) return null;
  return (
    <ul className="tg-chips" aria-label="More filters">
      {chips.map(({ filter, value }) => (
        <li key={filter} className="tg-chip">
          <span className="tg-muted">{CALL_FILTER_LABELS[filter]}</span>
          <span className="tg-mono">{chipText(filter, value)}</span>
          <CloseButton
            size="xs"
            aria-label={`Remove the filter ${CALL_FILTER_LABELS[filter]}`}
            onClick={() => props.onChange({ [filter]: undefined })}
          />
        </li>
      ))}
    </ul>
  );
}

function chipText(filter: CallFilter, value: string): string {
  if (value === '') return groupLabel(value, CALL_FILTER_LABELS[filter].toLowerCase());
  return value.length > 20 ? `${value.slice(0, 16)}…` : value;
}

function NoCalls(props: { search: CallsSearch; change: (next: Partial<CallsSearch>) => void }) {
  const isFiltered = activeFilters(props.search).length > 0;
  if (!isFiltered && props.search.range === '30d') return <FirstCallNotice />;
  return (
    <Notice icon="calls" title={isFiltered ? 'No call fits these filters' : 'No calls in this time'}>
      <p>New calls appear here by themselves within two seconds.</p>
      <Button
        size="xs"
        variant="default"
        onClick={() => props.change({ range: '30d', from: undefined, to: undefined })}
      >
        Look at the last 30 days
      </Button>
    </Notice>
  );
}

function CallsSkeleton() {
  return (
    <div className="tg-card" aria-busy="true">
      {['96%', '92%', '94%', '90%', '95%', '91%', '93%', '89%'].map((width) => (
        <Skeleton key={width} height={12} width={width} m="15px 18px" />
      ))}
    </div>
  );
}

function useIsScrolled(belowPx: number): boolean {
  const [isScrolled, setScrolled] = useState(false);
  useEffect(() => {
    const measure = () => setScrolled(window.scrollY > belowPx);
    window.addEventListener('scroll', measure, { passive: true });
    return () => window.removeEventListener('scroll', measure);
  }, [belowPx]);
  return isScrolled;
}
