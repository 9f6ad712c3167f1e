// The calls themselves, newest first. Only the rows on screen are drawn, however long the list gets.
import { Link } from '@tanstack/react-router';
import type { CallSummary } from '@tollgate/contract';
import { type MouseEvent, useEffect, useRef } from 'react';
import { formatCompact, formatCount, formatDuration } from '../ui/number-format.ts';
import { TimeText } from '../ui/time-text.tsx';
import { useIsNarrow } from '../ui/use-is-narrow.ts';
import { useRowWindow } from '../ui/use-row-window.ts';
import { CallCost } from './call-cost.tsx';
import { OutcomeTag } from './outcome-tag.tsx';
import { callLinkId, FROM_LIST } from './return-to-list.ts';
import '../ui/table.css';
import './calls-table.css';

const ROW_HEIGHT_PX = 42;
const CARD_HEIGHT_PX = 78;
const LOAD_AHEAD_ROWS = 25;
const COLUMNS = 9;

export interface CallsTableProps {
  calls: readonly CallSummary[];
  hasOlder: boolean;
  onNeedOlder: () => void;
  onOpen: (callId: string) => void;
}

export function CallsTable({ calls, hasOlder, onNeedOlder, onOpen }: CallsTableProps) {
  const isNarrow = useIsNarrow();
  const body = useRef<HTMLTableSectionElement>(null);
  const rowHeightPx = isNarrow ? CARD_HEIGHT_PX : ROW_HEIGHT_PX;
  const { first, end } = useRowWindow({ listRef: body, count: calls.length, rowHeightPx });
  const isNearEnd = hasOlder && end > calls.length - LOAD_AHEAD_ROWS;
  useEffect(() => {
    if (isNearEnd) onNeedOlder();
  }, [isNearEnd, onNeedOlder]);

  return (
    <table className="tg-table tg-calls" aria-rowcount={hasOlder ? -1 : calls.length + 1}>
      <caption className="tg-visually-hidden">Calls, newest first</caption>
      {!isNarrow && <CallsHead />}
      <tbody ref={body}>
        <Spacer heightPx={first * rowHeightPx} />
        {calls
          .slice(first, end)
          .map((call, index) =>
            isNarrow ? (
              <CallCard key={call.call_id} call={call} rowIndex={first + index + 1} onOpen={onOpen} />
            ) : (
              <CallRow key={call.call_id} call={call} rowIndex={first + index + 2} onOpen={onOpen} />
            ),
          )}
        <Spacer heightPx={(calls.length - end) * rowHeightPx} />
      </tbody>
    </table>
  );
}

function CallsHead() {
  return (
    <thead>
      <tr>
        <th scope="col">Started</th>
        <th scope="col">Team</th>
        <th scope="col">Model</th>
        <th scope="col">Outcome</th>
        <th scope="col" data-align="end" title="Prompt tokens, and how many of them came from the cache">
          In <span className="tg-calls-sub">cached</span>
        </th>
        <th scope="col" data-align="end" title="Generated tokens, and how many of them were reasoning">
          Out <span className="tg-calls-sub">reasoning</span>
        </th>
        <th scope="col" data-align="end" title="Time to first token, reasoning included">
          TTFT
        </th>
        <th scope="col" data-align="end">
          Duration
        </th>
        <th scope="col" data-align="end">
          Cost
        </th>
      </tr>
    </thead>
  );
}

interface RowProps {
  call: CallSummary;
  rowIndex: number;
  onOpen: (callId: string) => void;
}

function CallRow({ call, rowIndex, onOpen }: RowProps) {
  return (
    <tr aria-rowindex={rowIndex} data-clickable onClick={openUnlessControl(call.call_id, onOpen)}>
      <td>
        <StartedLink call={call} />
      </td>
      <td>
        <span className="tg-calls-clip" title={call.team}>
          {call.team === '' ? <span className="tg-muted">–</span> : call.team}
        </span>
      </td>
      <td>
        <span className="tg-calls-clip" title={`${call.provider} · ${call.upstream} · ${call.model}`}>
          {call.model}
        </span>
      </td>
      <td>
        <OutcomeTag outcome={call.outcome} status={call.status} />
      </td>
      <td data-align="end">
        <Tokens count={call.input_tokens} part={call.cached_input_tokens} source={call.usage_source} />
      </td>
      <td data-align="end">
        <Tokens count={call.output_tokens} part={call.reasoning_tokens} source={call.usage_source} />
      </td>
      <td data-align="end">
        {call.ttft_ms === null ? <span className="tg-muted">–</span> : formatDuration(call.ttft_ms)}
      </td>
      <td data-align="end">{formatDuration(call.latency_ms)}</td>
      <td data-align="end">
        <CallCost call={call} />
      </td>
    </tr>
  );
}

function CallCard({ call, rowIndex, onOpen }: RowProps) {
  return (
    <tr aria-rowindex={rowIndex} data-clickable onClick={openUnlessControl(call.call_id, onOpen)}>
      <td className="tg-call-card">
        <div>
          <StartedLink call={call} />
          <OutcomeTag outcome={call.outcome} status={call.status} />
          <span className="tg-call-card-end">
            <CallCost call={call} />
          </span>
        </div>
        <div className="tg-muted">
          <span className="tg-calls-clip">
            {call.team === '' ? 'no team' : call.team} · {call.model}
          </span>
        </div>
        <div className="tg-muted tg-num">
          {formatCompact(call.input_tokens)} in · {formatCompact(call.output_tokens)} out
          <span className="tg-call-card-end">
            {call.ttft_ms !== null && `${formatDuration(call.ttft_ms)} · `}
            {formatDuration(call.latency_ms)}
          </span>
        </div>
      </td>
    </tr>
  );
}

function StartedLink({ call }: { call: CallSummary }) {
  return (
    <Link
      to="/calls/$callId"
      params={{ callId: call.call_id }}
      id={callLinkId(call.call_id)}
      search={(now) => now}
      state={FROM_LIST}
      resetScroll={false}
      preload={false}
      className="tg-table-link"
    >
      <TimeText at={call.started_at} />
    </Link>
  );
}

function Tokens({
  count,
  part,
  source,
}: {
  count: number;
  part: number;
  source: CallSummary['usage_source'];
}) {
  if (source === 'none') {
    return (
      <span className="tg-muted" title="The provider reported no usage">
        –
      </span>
    );
  }
  return (
    <span title={source === 'reported' ? undefined : `Counts are ${source}`}>
      {source === 'estimated' && '≈ '}
      {formatCount(count)} <span className="tg-calls-sub">{part === 0 ? '' : formatCount(part)}</span>
    </span>
  );
}

function Spacer({ heightPx }: { heightPx: number }) {
  if (heightPx <= 0) return null;
  return (
    <tr className="tg-calls-spacer">
      <td colSpan={COLUMNS} style={{ height: heightPx }} />
    </tr>
  );
}

function openUnlessControl(callId: string, onOpen: (callId: string) => void) {
  return (event: MouseEvent) => {
    const onControl = event.target instanceof Element && event.target.closest('a,button') !== null;
    if (!onControl) onOpen(callId);
  };
}
