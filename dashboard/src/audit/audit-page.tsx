// Who did what. Each record is chained to the one before by its hash; the head of the chain stands above the table.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { AuditAnswer, AuditHead, type AuditRecord } from '@tollgate/contract';
import { useMemo } from 'react';
import { useApi } from '../api/api-context.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { rangeParameters } from '../range/time-range.ts';
import { CopyIconButton } from '../ui/copy-icon-button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { ListFailure } from '../ui/list-failure.tsx';
import { Notice } from '../ui/notice.tsx';
import { formatCount } from '../ui/number-format.ts';
import { OlderButton } from '../ui/older-button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Tag } from '../ui/tag.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { useOlderPages } from '../ui/use-older-pages.ts';
import './audit-page.css';

const STATUS_TONES = { success: 'good', failure: 'bad', denied: 'warn' } as const;

export function AuditPage() {
  const search = useSearch({ from: '/app/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const api = useApi();
  const list = useOlderPages<AuditAnswer>({
    key: ['audit', search],
    ask: (cursor, signal) =>
      api.get({
        path: 'audit',
        schema: AuditAnswer,
        signal,
        parameters: { ...rangeParameters(search, Date.now()), limit: 100, cursor },
      }),
  });
  const records = useMemo(() => list.pages?.flatMap((page) => page.records) ?? [], [list.pages]);
  const isEmpty = list.pages !== undefined && records.length === 0;
  return (
    <div className="tg-page">
      <PageHeader title="Audit">
        <RangePicker value={search} onChange={(range) => void navigate({ search: range })} />
      </PageHeader>
      <ChainHead />
      <ListFailure list={list} />
      {isEmpty && (
        <Notice icon="audit" title="No records in this time">
          <p>Choose a longer time to look further back.</p>
        </Notice>
      )}
      {!isEmpty && (list.pages !== undefined || list.error === null) && (
        <section className="tg-card">
          <DataTable
            caption="Audit records, newest first"
            columns={COLUMNS}
            rows={records}
            rowKey={({ audit_seq }) => String(audit_seq)}
            loading={list.pages === undefined}
            narrowLine={(record) => <WhoAndWhat record={record} />}
          />
          <OlderButton list={list} />
        </section>
      )}
    </div>
  );
}

function ChainHead() {
  const api = useApi();
  const head = useQuery({
    queryKey: ['audit-head'],
    refetchInterval: 10_000,
    queryFn: ({ signal }) => api.get({ path: 'audit/head', schema: AuditHead, signal }),
  });
  if (head.data === undefined) return null;
  const { records, head_seq, head_hash } = head.data;
  return (
    <section className="tg-card tg-chain" aria-label="Head of the chain">
      <div>
        <h2>
          {formatCount(records)} records, the newest is number {formatCount(Math.max(0, head_seq))}
        </h2>
        <p className="tg-muted">
          Keep this hash elsewhere: with it, <code>npx tollgate audit verify</code> also proves that nothing
          was cut off the end.
        </p>
        <span className="tg-mono tg-chain-hash">{head_hash}</span>
      </div>
      <CopyIconButton value={head_hash} name="hash" />
    </section>
  );
}

/** A phone has no room for these columns. */
function WhoAndWhat({ record }: { record: AuditRecord }) {
  const { user, application, action, resource, details } = record;
  return (
    <>
      <span className="tg-audit-who">
        {user || 'no user'} · {application}
      </span>
      <br />
      {action} {resource}
      {Object.keys(details).length > 0 && (
        <details>
          <summary>Details</summary>
          {detailsText(details)}
        </details>
      )}
    </>
  );
}

function detailsText(details: AuditRecord['details']): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

const COLUMNS: readonly Column<AuditRecord>[] = [
  { id: 'seq', header: 'No.', align: 'end', wideOnly: true, cell: ({ audit_seq }) => formatCount(audit_seq) },
  { id: 'at', header: 'When', cell: ({ occurred_at }) => <TimeText at={occurred_at} /> },
  {
    id: 'type',
    header: 'Event',
    sortBy: ({ type }) => type,
    cell: ({ type }) => type.replaceAll('_', ' '),
  },
  { id: 'status', header: 'Status', cell: ({ status }) => <Tag tone={STATUS_TONES[status]}>{status}</Tag> },
  { id: 'user', header: 'User', wideOnly: true, sortBy: ({ user }) => user, cell: ({ user }) => user || '–' },
  {
    id: 'action',
    header: 'Action',
    wideOnly: true,
    cell: ({ action, resource }) => (
      <span className="tg-audit-clip" title={`${action} ${resource}`}>
        {action} <span className="tg-muted">{resource}</span>
      </span>
    ),
  },
  { id: 'application', header: 'Application', wideOnly: true, cell: ({ application }) => application },
  {
    id: 'details',
    header: 'Details',
    wideOnly: true,
    cell: ({ details }) => (
      <span className="tg-audit-clip tg-muted" title={detailsText(details)}>
        {detailsText(details)}
      </span>
    ),
  },
  {
    id: 'hash',
    header: 'Hash',
    wideOnly: true,
    cell: ({ record_hash }) => (
      <span className="tg-mono" title={record_hash}>
        {record_hash.slice(0, 10)}
      </span>
    ),
  },
];
