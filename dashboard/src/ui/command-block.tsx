// A shell command to copy.
import { Button, CopyButton } from '@mantine/core';
import { Icon } from './icons.tsx';
import './command-block.css';

export function CommandBlock({ command }: { command: string }) {
  return (
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
  );
}
