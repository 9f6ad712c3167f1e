// Shown for an address that leads nowhere.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Notice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { AppFrame } from './app-frame.tsx';

export function NotFoundPage() {
  return (
    <AppFrame>
      <div className="tg-page">
        <PageHeader title="Not found" />
        <Notice icon="error" title="There is no such page">
          <p>The address may be mistyped, or it comes from another version of Tollgate.</p>
          <Button component={Link} to="/spend" size="xs">
            Go to Spend
          </Button>
        </Notice>
      </div>
    </AppFrame>
  );
}
