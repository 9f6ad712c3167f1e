// One load test in full: its verdict and why, its figures, how they spread, and how far the client can be believed.
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { LoadTestRun } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { CertificateSection } from './certificate-section.tsx';
import { ComparisonSection } from './comparison-section.tsx';
import { HistogramSection } from './histogram-section.tsx';
import type { LoadTestSearch } from './load-tests-search.ts';
import { ObjectivesSection } from './objectives-section.tsx';
import { OverTimeSection } from './over-time-section.tsx';
import { QuantilesSection } from './quantiles-section.tsx';
import { RunFacts } from './run-facts.tsx';
import { RunFigures } from './run-figures.tsx';
import { RunSummary } from './run-summary.tsx';
import { SweepSection } from './sweep-section.tsx';
import { VerdictTag } from './verdict-tag.tsx';
import './load-tests.css';

export function LoadTestPage() {
  const { runId } = useParams({ from: '/app/load-tests/$runId' });
  const search = useSearch({ from: '/app/load-tests/$runId' });
  const { range, from, to, verdict } = search;
  const api = useApi();
  const run = useQuery({
    queryKey: ['load-test', runId],
    // A stored report never changes.
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      api.get({ path: `load-tests/${encodeURIComponent(runId)}`, schema: LoadTestRun, signal }),
  });
  return (
    <div className="tg-page">
      <PageHeader
        title={run.data?.name ?? 'Load test'}
        aside={run.data && <VerdictTag verdict={run.data.verdict} />}
      >
        <Link to="/load-tests" search={{ range, from, to, verdict }} className="tg-load-back">
          All load tests
        </Link>
      </PageHeader>
      {run.isPending && <Skeleton height={420} radius={12} />}
      {run.data === undefined && run.error !== null && (
        <ErrorNotice error={run.error} onRetry={() => void run.refetch()} />
      )}
      {run.data !== undefined && <RunBody run={run.data} search={search} />}
    </div>
  );
}

function RunBody({ run, search }: { run: LoadTestRun; search: LoadTestSearch }) {
  const navigate = useNavigate({ from: '/load-tests/$runId' });
  const change = (next: Partial<LoadTestSearch>) =>
    void navigate({ search: (now) => ({ ...now, ...next }), resetScroll: false });
  return (
    <>
      <RunSummary run={run} />
      <RunFigures run={run} />
      <ObjectivesSection run={run} />
      {run.comparison !== null && <ComparisonSection comparison={run.comparison} />}
      {run.sweep !== null && <SweepSection sweep={run.sweep} />}
      <div className="tg-load-plots">
        <HistogramSection run={run} figure={search.histogram} onPick={(histogram) => change({ histogram })} />
        <OverTimeSection run={run} figure={search.over_time} onPick={(over_time) => change({ over_time })} />
      </div>
      <QuantilesSection run={run} />
      <CertificateSection certificate={run.certificate} />
      <RunFacts run={run} />
    </>
  );
}
