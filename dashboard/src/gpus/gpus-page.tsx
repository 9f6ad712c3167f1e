// The GPUs that the sidecars see: what each does now, and over the chosen time.
import { Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type GpuSample, GpusAnswer } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { rangeParameters } from '../range/time-range.ts';
import { ErrorNotice, Notice, StaleNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { GpuCard } from './gpu-card.tsx';
import './gpus-page.css';

const REFRESH_MS = 5000;

export function GpusPage() {
  const search = useSearch({ from: '/app/gpus' });
  const navigate = useNavigate({ from: '/gpus' });
  const api = useApi();
  const gpus = useQuery({
    queryKey: ['gpus', search],
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get({
        path: 'gpus',
        schema: GpusAnswer,
        signal,
        parameters: rangeParameters(search, Date.now()),
      }),
  });
  const { data, error } = gpus;
  return (
    <div className="tg-page">
      <PageHeader title="GPUs">
        <RangePicker value={search} onChange={(range) => void navigate({ search: range })} />
      </PageHeader>
      {data === undefined && error !== null && (
        <ErrorNotice error={error} onRetry={() => void gpus.refetch()} />
      )}
      {data !== undefined && error !== null && <StaleNotice error={error} />}
      {data === undefined && error === null && <Skeleton height={280} radius={12} />}
      {data?.gpus.length === 0 && (
        <Notice icon="gpus" title="No GPU was seen in this time">
          <p>
            A sidecar reads the GPUs of its own machine through NVML (libnvidia-ml.so.1). Where that library
            is missing it says so once in its log and goes on without.
          </p>
        </Notice>
      )}
      {inOrder(data?.gpus ?? []).map((gpu) => (
        <GpuCard key={gpu.mig_uuid || gpu.gpu_uuid} gpu={gpu} series={data?.series ?? []} />
      ))}
    </div>
  );
}

function inOrder(gpus: readonly GpuSample[]): GpuSample[] {
  return [...gpus].sort(
    (one, two) =>
      one.host.localeCompare(two.host) ||
      one.gpu_index - two.gpu_index ||
      one.mig_uuid.localeCompare(two.mig_uuid),
  );
}
