// What the list says when it is empty: where else to look, and the command that measures a first run and stores it.
import { Button } from '@mantine/core';
import { CommandBlock } from '../ui/command-block.tsx';
import { Notice } from '../ui/notice.tsx';
import type { LoadTestsSearch } from './load-tests-search.ts';

export function NoLoadTests(props: {
  search: LoadTestsSearch;
  onChange: (next: Partial<LoadTestsSearch>) => void;
}) {
  const { search, onChange } = props;
  const command = `npx tollgate loadtest --url http://${window.location.hostname}:8000/v1 --model tollgate-tiny \\
  --concurrency 4 --requests 200 --objective 'ttft.p95<500ms' --objective 'error_rate<1%' \\
  --collector ${window.location.origin} --token "$TOLLGATE_ADMIN_TOKEN"`;
  return (
    <Notice icon="loadTests" title={titleOf(search)}>
      <p>
        A run that is given <code>--collector</code> and <code>--token</code> is stored here with its verdict
        and its certificate:
      </p>
      <CommandBlock command={command} />
      <p>
        The token is the admin token, the one you signed in with. Any endpoint that speaks the OpenAI,
        Anthropic or Gemini API can be measured; <code>npx tollgate loadtest --help</code> lists the shapes.
      </p>
      {search.verdict !== undefined && (
        <Button size="xs" variant="default" onClick={() => onChange({ verdict: undefined })}>
          Look at every verdict
        </Button>
      )}
      {search.verdict === undefined && search.range !== '30d' && (
        <Button
          size="xs"
          variant="default"
          onClick={() => onChange({ range: '30d', from: undefined, to: undefined })}
        >
          Look at the last 30 days
        </Button>
      )}
    </Notice>
  );
}

function titleOf({ verdict, range }: LoadTestsSearch): string {
  if (verdict !== undefined) return `No load test in this time ended with ${verdict}`;
  return range === '30d' ? 'No load test was stored yet' : 'No load test was stored in this time';
}
