// Loads the next older page of a list.
import { Button } from '@mantine/core';
import type { OlderPages, Page } from './use-older-pages.ts';

export function OlderButton({ list }: { list: OlderPages<Page> }) {
  if (!list.hasOlder) return null;
  return (
    <Button variant="default" size="xs" m="md" loading={list.isLoadingOlder} onClick={list.loadOlder}>
      Load older
    </Button>
  );
}
