// What to do when nothing was ever recorded: a first call to copy.
import { CommandBlock } from './command-block.tsx';
import { Notice } from './notice.tsx';

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
      <CommandBlock command={command} />
      <p>
        {address} is the sidecar's default address; the line <code>tollgate ready</code> of{' '}
        <code>npm start</code> tells the one in use. <code>npm start -- --demo</code> sends sample traffic.
      </p>
    </Notice>
  );
}
