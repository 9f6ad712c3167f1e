// Says that a list could not be had, or, above the one that arrived before, that it could not be refreshed.
import { ErrorNotice, StaleNotice } from './notice.tsx';
import type { OlderPages, Page } from './use-older-pages.ts';

export function ListFailure({ list }: { list: OlderPages<Page> }) {
  const { error, pages, retry } = list;
  if (error === null) return null;
  return pages === undefined ? <ErrorNotice error={error} onRetry={retry} /> : <StaleNotice error={error} />;
}
