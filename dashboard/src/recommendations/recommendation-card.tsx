// One piece of advice: what it saves, why, how sure it is, and the calls it was computed from.
import { Link } from '@tanstack/react-router';
import type { Recommendation } from '@tollgate/contract';
import { MoneyText } from '../ui/money-text.tsx';
import { formatCount, formatShare } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';
import { formatSpan } from '../ui/time-format.ts';

const KINDS = {
  failed_calls: 'Failed calls',
  exact_duplicates: 'Repeated prompts',
} as const;
const CONFIDENCE = { high: 'good', medium: 'accent', low: 'neutral' } as const;

export function RecommendationCard({ recommendation }: { recommendation: Recommendation }) {
  const { title, advice, kind, confidence, team, model, evidence } = recommendation;
  return (
    <article className="tg-card tg-advice">
      <div className="tg-advice-saving">
        <span className="tg-advice-amount">
          <MoneyText amount={recommendation.saving_usd} />
        </span>
        <span className="tg-muted tg-num">{formatShare(recommendation.saving_ratio)} of the spend</span>
      </div>
      <div className="tg-advice-body">
        <h2>{title}</h2>
        <p>{advice}</p>
        <div className="tg-advice-tags">
          <Tag tone="accent">{KINDS[kind]}</Tag>
          <Tag tone={CONFIDENCE[confidence]}>{confidence} confidence</Tag>
          {team !== '' && <Tag tone="neutral">team {team}</Tag>}
          {model !== '' && <Tag tone="neutral">{model}</Tag>}
        </div>
        <details className="tg-advice-evidence">
          <summary>Evidence: {formatCount(evidence.calls)} calls</summary>
          <Evidence recommendation={recommendation} />
        </details>
      </div>
    </article>
  );
}

function Evidence({ recommendation }: { recommendation: Recommendation }) {
  const { evidence, team, model } = recommendation;
  const { window, assumptions, price_versions, sample_call_ids } = evidence;
  const span = formatSpan(Date.parse(window.from), Date.parse(window.to), Date.now());
  const filters = {
    range: 'custom' as const,
    from: window.from,
    to: window.to,
    ...(team === '' ? {} : { team }),
    ...(model === '' ? {} : { model }),
  };
  return (
    <>
      <p className="tg-muted">
        Looked at {span}
        {price_versions.length > 0 && `, at prices ${price_versions.join(', ')}`}.
      </p>
      {assumptions.length > 0 && (
        <ul>
          {assumptions.map((assumption) => (
            <li key={assumption}>{assumption}</li>
          ))}
        </ul>
      )}
      <p className="tg-advice-calls">
        {sample_call_ids.map((callId) => (
          <Link
            key={callId}
            to="/calls/$callId"
            params={{ callId }}
            search={filters}
            preload={false}
            className="tg-mono"
          >
            …{callId.slice(-8)}
          </Link>
        ))}
      </p>
      <Link to="/calls" search={filters}>
        All calls of that team and model in that time
      </Link>
    </>
  );
}
