// The headline figures of the Spend page, each beside the period before.
import { PRECEDING_LABELS, type RangePreset } from '../range/time-range.ts';
import { FigureTile } from '../ui/figure-tile.tsx';
import { MoneyText, UnpricedText } from '../ui/money-text.tsx';
import { formatChange, formatCompact, formatCount, formatShare } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';
import { type Comparison, compareCalls, compareCost } from './compare-spend.ts';
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
        note={before && <Change comparison={compareCost(total, before)} range={range} />}
      />
      <FigureTile
        label="Calls"
        loading={loading}
        value={formatCount(total.calls)}
        note={before && <Change comparison={compareCalls(total, before)} range={range} />}
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

function Change({ comparison, range }: { comparison: Comparison | null; range: RangePreset }) {
  if (comparison === null) return null;
  const period = PRECEDING_LABELS[range];
  if ('before' in comparison) {
    return (
      <span>
        {comparison.before} in the {period}
      </span>
    );
  }
  return (
    <span title={`Against the ${period}${range === 'this-month' ? ', up to the same time' : ''}`}>
      <b className="tg-change">{formatChange(comparison.ratio)}</b> vs {period}
    </span>
  );
}
