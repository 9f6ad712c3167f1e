// One call in full, beside the list it was opened from. Its address can be shared.
import { Drawer, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { CallDetail } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { CallFacts } from './call-facts.tsx';
import { CostLines } from './cost-lines.tsx';
import { OutcomeTag } from './outcome-tag.tsx';
import { useCloseCall, useFocusReturn } from './return-to-list.ts';
import { TimingBar } from './timing-bar.tsx';
import { TokenBar } from './token-bar.tsx';
import './call-drawer.css';

export function CallDrawer() {
  const { callId } = useParams({ from: '/app/calls/$callId' });
  const api = useApi();
  const close = useCloseCall();
  useFocusReturn(callId);
  const call = useQuery({
    queryKey: ['call', callId],
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      api.get({ path: `calls/${encodeURIComponent(callId)}`, schema: CallDetail, signal }),
  });
  return (
    <Drawer.Root
      opened
      onClose={close}
      position="right"
      size={560}
      transitionProps={{ duration: 120 }}
      classNames={{ content: 'tg-call', header: 'tg-call-head', body: 'tg-call-body' }}
    >
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        <Drawer.Header>
          <Drawer.Title>{call.data === undefined ? 'Call' : <CallTitle call={call.data} />}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>
          {call.data !== undefined && <CallBody call={call.data} />}
          {call.isPending && <Skeleton height={420} />}
          {call.data === undefined && call.error !== null && (
            <ErrorNotice error={call.error} onRetry={() => void call.refetch()} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function CallTitle({ call }: { call: CallDetail }) {
  return (
    <span className="tg-call-title">
      <span>
        {call.model} <OutcomeTag outcome={call.outcome} status={call.status} />
      </span>
      <span className="tg-muted tg-call-when">
        <TimeText at={call.started_at} />
        {call.team !== '' && ` · ${call.team}`}
      </span>
    </span>
  );
}

function CallBody({ call }: { call: CallDetail }) {
  return (
    <>
      {call.error_type !== '' && (
        <p className="tg-call-error">
          Status {call.status === 0 ? 'not sent' : call.status}:{' '}
          <span className="tg-mono">{call.error_type}</span>
        </p>
      )}
      <TimingBar call={call} />
      <TokenBar call={call} />
      <CostLines call={call} />
      <CallFacts call={call} />
    </>
  );
}
