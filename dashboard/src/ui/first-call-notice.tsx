// What to do when nothing was ever recorded: a first call to copy.
import { Button, CopyButton } from '@mantine/core';
import { Icon } from './icons.tsx';
import { Notice } from './notice.tsx';
import './first-call-notice.css';

const DEFAULT_SIDECAR_PORT = 4000;

export function FirstCallNotice() {
  const address = `http://${window.location.hostname}:${DEFAULT_SIDECAR_PORT}`;
  const command = `curl ${address}/v1/chat/completions \\
  -H 'content-type: application/json' \\
  -H 'x-tollgate-team: my-team' \\
  -d '{"model":"tollgate-tiny","messages":[{"role":"user","content":"Hello"}]}'`;
  return (
    <Notice icon="calls" title="No calls yet">
      <p>
        Point an SDK's base URL at the sidecar, or send a first call from a shell. It appears here within two
        seconds.
      </p>
      <div className="tg-command">
        <pre>
          <code>{command}</code>
        </pre>
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
              onClick={copy}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
      <p>
        {address} is the sidecar's default address; the line <code>tollgate ready</code> of{' '}
        <code>npm start</code> tells the one in use. <code>npm start -- --demo</code> sends sample traffic.
      </p>
    </Notice>
  );
}
