// The groups of the range with their calls, tokens and cost; a click narrows the page to one group.
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { columnDigits } from '../ui/money-format.ts';
import { MoneyText, UnpricedText } from '../ui/money-text.tsx';
import { formatCount, formatShare } from '../ui/number-format.ts';
import { OTHER_COLOR } from '../ui/series-colors.ts';
import { useSeriesColors } from '../ui/series-colors-context.ts';
import { Tag } from '../ui/tag.tsx';
import { groupLabel } from './group-label.ts';
import { costShare, isUnpriced, type SpendGroup, type SpendTotals } from './spend-groups.ts';
import { DIMENSION_LABELS, type GroupDimension, type SpendSearch } from './spend-search.ts';
import './spend-table.css';

export interface SpendTableProps {
  by: GroupDimension;
  /** Range and filters, handed on to the calls behind a figure. */
  search: SpendSearch;
  groups: readonly SpendGroup[];
  total: SpendTotals;
  loading: boolean;
  onPick: (name: string) => void;
  /** Told the groups in the order that they are shown in. */
  onOrder: (groups: readonly SpendGroup[]) => void;
}

export function SpendTable({ by, search, groups, total, loading, onPick, onOrder }: SpendTableProps) {
  const colors = useSeriesColors();
  const columns = useMemo(() => {
    const named = colors.assign(
      by,
      groups.slice(0, 8).map(({ name }) => name),
    );
    const digits = columnDigits(groups.map(({ costPicoUsd }) => costPicoUsd));
    return [
      nameColumn(by, named, onPick),
      callsColumn(by, search),
      ...countColumns,
      costColumn(digits),
      shareColumn(total.costPicoUsd, named),
    ];
  }, [by, search, groups, total.costPicoUsd, colors, onPick]);
  return (
    <DataTable
      caption={`Spend by ${by}`}
      columns={columns}
      rows={groups}
      rowKey={({ name }) => name}
      initialSort={{ id: 'cost', desc: true }}
      loading={loading}
      onRowClick={({ name }) => onPick(name)}
      onOrder={onOrder}
    />
  );
}

function nameColumn(
  by: GroupDimension,
  colors: ReadonlyMap<string, string>,
  onPick: (name: string) => void,
): Column<SpendGroup> {
  return {
    id: 'name',
    header: DIMENSION_LABELS[by],
    sortBy: ({ name }) => name,
    cell: ({ name }) => (
      <span className="tg-spend-name">
        <span className="tg-swatch" style={{ background: colors.get(name) ?? OTHER_COLOR }} />
        <button
          type="button"
          className={name === '' ? 'tg-table-link tg-clip tg-muted' : 'tg-table-link tg-clip'}
          title={`Show only ${groupLabel(name, by)}`}
          onClick={() => onPick(name)}
        >
          {groupLabel(name, by)}
        </button>
      </span>
    ),
  };
}

function callsColumn(by: GroupDimension, search: SpendSearch): Column<SpendGroup> {
  const { range, from, to, team, model, app, user, provider, upstream } = search;
  const filters = { range, from, to, team, model, app, user, provider, upstream };
  return {
    id: 'calls',
    header: 'Calls',
    align: 'end',
    sortBy: ({ calls }) => calls,
    cell: ({ name, calls }) => (
      <Link
        to="/calls"
        search={{ ...filters, [by]: name }}
        preload={false}
        className="tg-table-link tg-table-figure"
        title={`Show the calls of ${groupLabel(name, by)}`}
      >
        {formatCount(calls)}
      </Link>
    ),
  };
}

const countColumns: Column<SpendGroup>[] = [
  {
    id: 'errors',
    header: 'Failed',
    align: 'end',
    wideOnly: true,
    sortBy: ({ errors }) => errors,
    cell: ({ errors, calls }) =>
      errors === 0 ? (
        <span className="tg-muted">0</span>
      ) : (
        <span title={`${formatShare(errors / calls)} of the calls`}>{formatCount(errors)}</span>
      ),
  },
  tokenColumn('input', 'Tokens in', 'All prompt tokens, cached ones included', (group) => group.inputTokens),
  tokenColumn(
    'cached',
    'cached',
    'Prompt tokens read from the cache, part of tokens in',
    (group) => group.cachedInputTokens,
  ),
  tokenColumn(
    'output',
    'Tokens out',
    'All generated tokens, reasoning included',
    (group) => group.outputTokens,
  ),
  tokenColumn(
    'reasoning',
    'reasoning',
    'Reasoning tokens, part of tokens out',
    (group) => group.reasoningTokens,
  ),
];

function tokenColumn(
  id: string,
  header: string,
  hint: string,
  count: (group: SpendGroup) => number,
): Column<SpendGroup> {
  return {
    id,
    header,
    hint,
    align: 'end',
    wideOnly: true,
    sortBy: count,
    cell: (group) =>
      count(group) === 0 ? <span className="tg-muted">0</span> : <span>{formatCount(count(group))}</span>,
  };
}

function costColumn(digits: number): Column<SpendGroup> {
  return {
    id: 'cost',
    header: 'Cost',
    align: 'end',
    sortBy: (group) => (isUnpriced(group) ? null : group.costPicoUsd),
    cell: (group) =>
      isUnpriced(group) ? (
        <UnpricedText />
      ) : (
        <span className="tg-spend-cost">
          {group.unpricedCalls > 0 && (
            <Tag
              tone="warn"
              title={`${formatCount(group.unpricedCalls)} calls have no known price and are not in this sum`}
            >
              +{formatCount(group.unpricedCalls)} unpriced
            </Tag>
          )}
          <MoneyText amount={group.costPicoUsd} digits={digits} />
        </span>
      ),
  };
}

function shareColumn(total: bigint, colors: ReadonlyMap<string, string>): Column<SpendGroup> {
  return {
    id: 'share',
    header: 'Share',
    cell: ({ name, costPicoUsd }) => {
      const share = costShare(costPicoUsd, total);
      return (
        <span className="tg-share">
          <span className="tg-share-track">
            <span
              className="tg-share-bar"
              style={{ width: `${share * 100}%`, background: colors.get(name) ?? OTHER_COLOR }}
            />
          </span>
          <span className="tg-num">{formatShare(share)}</span>
        </span>
      );
    },
  };
}
