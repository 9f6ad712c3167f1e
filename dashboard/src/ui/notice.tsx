// What a page says when it has nothing to show or could not get it: what happened, and what to do.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import './notice.css';

export function Notice(props: {
  icon: IconName;
  tone?: 'bad' | 'plain';
  title: string;
  children?: ReactNode;
}) {
  return (
    <div
      className="tg-card tg-notice"
      data-tone={props.tone ?? 'plain'}
      role={props.tone === 'bad' ? 'alert' : 'status'}
    >
      <span className="tg-notice-icon">
        <Icon name={props.icon} size={22} />
      </span>
      <div className="tg-notice-body">
        <h2>{withCode(props.title)}</h2>
        {props.children}
      </div>
    </div>
  );
}

export function ErrorNotice({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return (
    <Notice icon="error" tone="bad" title={error.message}>
      {hint !== undefined && <p>{withCode(hint)}</p>}
      {code !== undefined && <p className="tg-muted tg-mono">{code}</p>}
      <Button variant="default" size="xs" onClick={onRetry}>
        Try again
      </Button>
    </Notice>
  );
}

/** Above figures that are still shown although they could not be refreshed. */
export function StaleNotice({ error }: { error: Error }) {
  return (
    <div className="tg-stale" role="status">
      <Icon name="warning" size={16} />
      <span>These figures could not be refreshed: {error.message} The last ones that arrived are shown.</span>
    </div>
  );
}

/** Texts of the API mark commands and names with backticks. */
function withCode(text: string): ReactNode {
  return text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}
