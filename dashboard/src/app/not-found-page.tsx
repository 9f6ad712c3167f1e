// Shown for an address that leads nowhere.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Notice } from '../ui/notice.tsx';

export function NotFoundPage() {
  return (
    <main className="tg-alone">
      <title>Not found · Tollgate</title>
      <Notice icon="error" title="There is no such page">
        <p>The address may be mistyped, or it comes from another version of Tollgate.</p>
        <Button component={Link} to="/spend" size="xs">
          Go to Spend
        </Button>
      </Notice>
    </main>
  );
}
