// What could be saved, the largest saving first, each with what it rests on.
import { Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { parseUsd, RecommendationsAnswer } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { type RangeSearch, rangeParameters } from '../range/time-range.ts';
import { costShare } from '../spend/spend-groups.ts';
import { FigureTile } from '../ui/figure-tile.tsx';
import { sumUsd } from '../ui/money-format.ts';
import { MoneyText } from '../ui/money-text.tsx';
import { ErrorNotice, Notice, StaleNotice } from '../ui/notice.tsx';
import { formatShare } from '../ui/number-format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { RecommendationCard } from './recommendation-card.tsx';
import './recommendations-page.css';

/** Advice looks at every call of the range: too much to be computed anew at each change. */
const REFRESH_MS = 30_000;

export function RecommendationsPage() {
  const search = useSearch({ from: '/app/recommendations' });
  const navigate = useNavigate({ from: '/recommendations' });
  const advice = useRecommendations(search);
  const { data, error } = advice;
  return (
    <div className="tg-page">
      <PageHeader title="Recommendations">
        <RangePicker value={search} onChange={(range) => void navigate({ search: range })} />
      </PageHeader>
      {data === undefined && error !== null && (
        <ErrorNotice error={error} onRetry={() => void advice.refetch()} />
      )}
      {data !== undefined && error !== null && <StaleNotice error={error} />}
      {data === undefined && error === null && <Skeleton height={320} radius={12} />}
      {data !== undefined && <Advice answer={data} />}
    </div>
  );
}

function useRecommendations(search: RangeSearch) {
  const api = useApi();
  return useQuery({
    queryKey: ['recommendations', search],
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get({
        path: 'recommendations',
        schema: RecommendationsAnswer,
        signal,
        parameters: rangeParameters(search, Date.now()),
      }),
  });
}

function Advice({ answer }: { answer: RecommendationsAnswer }) {
  const { recommendations } = answer;
  if (recommendations.length === 0) {
    return (
      <Notice icon="check" title="Nothing to save was found in this time">
        <p>
          Tollgate looks for money spent on calls that failed and for the same prompt asked again. Choose a
          longer time to let it see more.
        </p>
      </Notice>
    );
  }
  const saving = sumUsd(recommendations.map(({ saving_usd }) => saving_usd));
  const spend = parseUsd(answer.spend_usd);
  return (
    <>
      <section className="tg-figures" aria-label="Totals">
        <FigureTile
          label="Could be saved"
          loading={false}
          value={<MoneyText amount={saving} />}
          note={`${formatShare(costShare(saving, spend))} of the spend`}
        />
        <FigureTile
          label="Spend of the range"
          loading={false}
          value={<MoneyText amount={spend} />}
          note="priced calls"
        />
        <FigureTile
          label="Opportunities"
          loading={false}
          value={recommendations.length}
          note="each looks at calls of its own, so savings add up"
        />
      </section>
      <ul className="tg-advice-list">
        {recommendations.map((recommendation) => (
          <li key={recommendation.id}>
            <RecommendationCard recommendation={recommendation} />
          </li>
        ))}
      </ul>
    </>
  );
}
