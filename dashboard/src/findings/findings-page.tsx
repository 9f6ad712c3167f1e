// What the content filters recognised in prompts and answers. The text itself is never stored and never shown.
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FilterFinding, FindingsAnswer } from '@tollgate/contract';
import { useMemo } from 'react';
import { useApi } from '../api/api-context.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { rangeParameters } from '../range/time-range.ts';
import { ClippedText } from '../ui/clipped-text.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { ListFailure } from '../ui/list-failure.tsx';
import { Notice } from '../ui/notice.tsx';
import { OlderButton } from '../ui/older-button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Tag } from '../ui/tag.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { useOlderPages } from '../ui/use-older-pages.ts';
import './findings-page.css';

const SEVERITY_TONES = {
  none: 'neutral',
  low: 'neutral',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
} as const;

export function FindingsPage() {
  const search = useSearch({ from: '/app/findings' });
  const navigate = useNavigate({ from: '/findings' });
  const api = useApi();
  const list = useOlderPages<FindingsAnswer>({
    key: ['findings', search],
    ask: (cursor, signal) =>
      api.get({
        path: 'findings',
        schema: FindingsAnswer,
        signal,
        parameters: { ...rangeParameters(search, Date.now()), limit: 100, cursor },
      }),
  });
  const findings = useMemo(() => list.pages?.flatMap((page) => page.findings) ?? [], [list.pages]);
  const isEmpty = list.pages !== undefined && findings.length === 0;
  return (
    <div className="tg-page">
      <PageHeader title="Findings">
        <RangePicker value={search} onChange={(range) => void navigate({ search: range })} />
      </PageHeader>
      <ListFailure list={list} />
      {isEmpty && (
        <Notice icon="findings" title="Nothing was recognised in this time">
          <p>
            The filters look for personal data and secrets in prompts and answers. They flag; they never
            change a byte.
          </p>
        </Notice>
      )}
      {!isEmpty && (list.pages !== undefined || list.error === null) && (
        <section className="tg-card tg-findings">
          <DataTable
            caption="Findings, newest first"
            columns={COLUMNS}
            rows={findings}
            rowKey={({ finding_id }) => finding_id}
            loading={list.pages === undefined}
            narrowLine={({ team, user, direction, action }) =>
              `${team || 'no team'} · ${user || 'no user'} · ${direction} ${action}`
            }
          />
          <OlderButton list={list} />
        </section>
      )}
    </div>
  );
}

function nameColumn(id: 'team' | 'user', header: string): Column<FilterFinding> {
  return {
    id,
    header,
    wideOnly: true,
    sortBy: (finding) => finding[id],
    cell: (finding) => <ClippedText text={finding[id] || '–'} />,
  };
}

const COLUMNS: readonly Column<FilterFinding>[] = [
  { id: 'at', header: 'When', cell: ({ occurred_at }) => <TimeText at={occurred_at} /> },
  {
    id: 'severity',
    header: 'Severity',
    cell: ({ severity }) => <Tag tone={SEVERITY_TONES[severity]}>{severity}</Tag>,
  },
  {
    id: 'pattern',
    header: 'Pattern',
    sortBy: ({ pattern }) => pattern,
    cell: ({ pattern }) => pattern.replaceAll('_', ' '),
  },
  {
    id: 'category',
    header: 'Category',
    wideOnly: true,
    sortBy: ({ category }) => category,
    cell: ({ category }) => category.replaceAll('_', ' '),
  },
  { id: 'direction', header: 'In', wideOnly: true, cell: ({ direction }) => direction },
  { id: 'action', header: 'Action', wideOnly: true, cell: ({ action }) => action },
  nameColumn('team', 'Team'),
  nameColumn('user', 'User'),
  {
    id: 'position',
    header: 'Position',
    align: 'end',
    wideOnly: true,
    hint: 'Where the match stands in the scanned text, and its length, in UTF-16 units',
    cell: ({ match_start, match_length }) => `${match_start} + ${match_length}`,
  },
  {
    id: 'digest',
    header: 'Digest',
    wideOnly: true,
    hint: 'Keyed digest of the match: equal digests are the same text',
    cell: ({ match_digest }) => <span className="tg-mono">{match_digest.slice(0, 10)}</span>,
  },
  {
    id: 'call',
    header: 'Call',
    cell: ({ call_id }) => (
      <Link
        to="/calls/$callId"
        params={{ callId: call_id }}
        search={{ range: '30d' }}
        preload={false}
        className="tg-table-link tg-mono"
      >
        …{call_id.slice(-8)}
      </Link>
    ),
  },
];
