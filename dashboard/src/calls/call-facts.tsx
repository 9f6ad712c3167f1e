// Everything else that is known of one call: who, where, how it ended, and the ids to look further with.
import { Link } from '@tanstack/react-router';
import type { CallDetail } from '@tollgate/contract';
import type { ReactNode } from 'react';
import { CopyIconButton } from '../ui/copy-icon-button.tsx';
import { formatBytes } from '../ui/number-format.ts';

export function CallFacts({ call }: { call: CallDetail }) {
  const tags = Object.entries(call.tags);
  return (
    <>
      <Facts title="Who">
        <Fact name="Team" value={call.team} />
        <Fact name="User" value={call.user} />
        <Fact name="App" value={call.app} />
        <Fact name="Environment" value={call.environment} />
        <Fact name="Key" value={call.key_id} mono />
        {tags.length > 0 && (
          <Fact name="Tags" value={tags.map(([key, value]) => `${key}=${value}`).join(', ')} />
        )}
      </Facts>
      <Facts title="What">
        <Fact name="Provider" value={call.provider} />
        <Fact name="Upstream" value={call.upstream} />
        <Fact name="API" value={call.api} />
        <Fact name="Requested model" value={call.requested_model} mono />
        <Fact name="Answered model" value={call.response_model} mono />
        <Fact name="Service tier" value={call.service_tier} />
        <Fact name="Streamed" value={call.stream ? 'yes' : 'no'} />
        <Fact name="Finish reason" value={call.finish_reason} />
        <Fact name="Retries" value={call.retries === 0 ? '' : String(call.retries)} />
        <Fact name="Fallback from" value={call.fallback_from} />
        <Fact name="Request" value={formatBytes(call.request_bytes)} />
        <Fact name="Response" value={formatBytes(call.response_bytes)} />
      </Facts>
      <Facts title="Find more">
        {call.prompt_digest !== '' && (
          <Fact name="Prompt digest" value={call.prompt_digest} mono>
            <Link to="/calls" search={{ range: '30d', prompt_digest: call.prompt_digest }}>
              Calls with the same prompt
            </Link>
          </Fact>
        )}
        {call.session_id !== '' && (
          <Fact name="Session" value={call.session_id} mono>
            <Link to="/calls" search={{ range: '30d', session: call.session_id }}>
              Calls of this session
            </Link>
          </Fact>
        )}
        <Fact name="Call" value={call.call_id} mono />
        <Fact name="Response" value={call.response_id} mono />
        <Fact name="Trace" value={call.trace_id} mono />
        <Fact name="Parent call" value={call.parent_call_id} mono />
        <Fact name="Sidecar" value={`${call.sidecar_id}, number ${call.seq} since its start`} />
      </Facts>
    </>
  );
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <dl className="tg-facts">{children}</dl>
    </section>
  );
}

/** Left out when there is nothing to tell. Ids can be copied. */
function Fact(props: { name: string; value: string; mono?: boolean; children?: ReactNode }) {
  if (props.value === '') return null;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd className={props.mono ? 'tg-mono' : ''}>
        <span className="tg-fact-value" title={props.value}>
          {props.value}
        </span>
        {props.mono && <CopyIconButton value={props.value} name={props.name.toLowerCase()} />}
        {props.children}
      </dd>
    </div>
  );
}
