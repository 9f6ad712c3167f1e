// The headline figures of the Spend page, each beside the period before.
import { PRECEDING_LABELS, type RangePreset } from '../range/time-range.ts';
import { FigureTile } from '../ui/figure-tile.tsx';
import { MoneyText, UnpricedText } from '../ui/money-text.tsx';
import { changeRatio, formatChange, formatCompact, formatCount, formatShare } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';
import { isUnpriced, type SpendTotals } from './spend-groups.ts';

export interface SpendFiguresProps {
  total: SpendTotals;
  before: SpendTotals | undefined;
  range: RangePreset;
  loading: boolean;
}

export function SpendFigures({ total, before, range, loading }: SpendFiguresProps) {
  const share = (part: number, whole: number) => formatShare(whole === 0 ? 0 : part / whole);
  return (
    <section className="tg-figures" aria-label="Totals of the range">
      <FigureTile
        label="Cost"
        tag={
          total.unpricedCalls > 0 && (
            <Tag tone="warn" title="No price is known for them: their cost is not in the sum.">
              {formatCompact(total.unpricedCalls)} unpriced
            </Tag>
          )
        }
        loading={loading}
        value={isUnpriced(total) ? <UnpricedText /> : <MoneyText amount={total.costPicoUsd} />}
        note={<Change now={total.costPicoUsd} before={before?.costPicoUsd} range={range} />}
      />
      <FigureTile
        label="Calls"
        loading={loading}
        value={formatCount(total.calls)}
        note={<Change now={total.calls} before={before?.calls} range={range} />}
      />
      <FigureTile
        label="Tokens in"
        loading={loading}
        value={<span title={formatCount(total.inputTokens)}>{formatCompact(total.inputTokens)}</span>}
        note={`${share(total.cachedInputTokens, total.inputTokens)} from cache`}
      />
      <FigureTile
        label="Tokens out"
        loading={loading}
        value={<span title={formatCount(total.outputTokens)}>{formatCompact(total.outputTokens)}</span>}
        note={`${share(total.reasoningTokens, total.outputTokens)} reasoning`}
      />
      <FigureTile
        label="Failed calls"
        loading={loading}
        value={formatCount(total.errors)}
        note={`${share(total.errors, total.calls)} of the calls`}
      />
    </section>
  );
}

function Change(props: { now: bigint | number; before: bigint | number | undefined; range: RangePreset }) {
  if (props.before === undefined) return null;
  const ratio = changeRatio(props.now, props.before);
  if (ratio === null) return <span>nothing in the {PRECEDING_LABELS[props.range]}</span>;
  return (
    <span
      title={`Against the ${PRECEDING_LABELS[props.range]}${props.range === 'this-month' ? ', up to the same time' : ''}`}
    >
      <b className="tg-change">{formatChange(ratio)}</b> vs {PRECEDING_LABELS[props.range]}
    </span>
  );
}
