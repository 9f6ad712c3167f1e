// Shown when a page itself breaks: its code could not be loaded, or it threw.
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Notice } from '../ui/notice.tsx';

export function PageFailure({ error }: ErrorComponentProps) {
  return (
    <Notice icon="error" tone="bad" title="This page could not be shown">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>
        After an update the browser may hold an older page: <a href={window.location.href}>load it again</a>.
      </p>
    </Notice>
  );
}
