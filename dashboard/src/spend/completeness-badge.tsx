// Says whether every call that a sidecar has seen is in these figures, and where the others are.
import { Popover, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Completeness } from '@tollgate/contract';
import type { RangeSearch } from '../range/time-range.ts';
import { Icon } from '../ui/icons.tsx';
import { formatCount } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';
import { explainCompleteness } from './explain-completeness.ts';
import { SidecarAccounts } from './sidecar-accounts.tsx';
import './completeness-badge.css';

export function CompletenessBadge({
  completeness,
  range,
}: {
  completeness: Completeness;
  range: RangeSearch;
}) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { tone, label, sentences, missing } = explainCompleteness(completeness);
  return (
    <Popover
      opened={opened}
      onChange={(open) => !open && close()}
      width={320}
      shadow="md"
      position="bottom-start"
    >
      <Popover.Target>
        <UnstyledButton onClick={toggle} aria-label={`Completeness: ${label}. Show the account.`}>
          <Tag tone={tone}>
            <Icon name={tone === 'good' ? 'check' : 'warning'} size={13} />
            {label}
          </Tag>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className="tg-complete">
        <dl>
          <Line name="Seen by sidecars" count={completeness.seen} />
          <Line name="Stored" count={completeness.stored} />
          <Line name="Spooled, on the way" count={completeness.spooled} />
          <Line name="Dropped" count={completeness.dropped} />
          <Line name="Missing" count={missing} />
        </dl>
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {tone !== 'good' && opened && <SidecarAccounts range={range} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Line({ name, count }: { name: string; count: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="tg-num">{formatCount(count)}</dd>
    </div>
  );
}
