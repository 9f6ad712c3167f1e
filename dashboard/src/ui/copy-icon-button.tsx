// Copies a text, such as an id, and says that it did.
import { CopyButton } from '@mantine/core';
import { Icon } from './icons.tsx';
import './copy-icon-button.css';

export function CopyIconButton({ value, name }: { value: string; name: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <button
          type="button"
          className="tg-copy"
          onClick={copy}
          title={copied ? 'Copied' : `Copy the ${name}`}
          aria-label={copied ? 'Copied' : `Copy the ${name}`}
        >
          <Icon name={copied ? 'check' : 'copy'} size={14} />
        </button>
      )}
    </CopyButton>
  );
}
