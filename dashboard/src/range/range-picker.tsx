// Chooses the time that a page looks at: presets at hand, any other span by calendar.
import { Button, Popover, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { Icon } from '../ui/icons.tsx';
import { formatSpan, formatUtc } from '../ui/time-format.ts';
import { RANGE_LABELS, RANGE_PRESETS, type RangeSearch, resolveRange } from './time-range.ts';
import './range-picker.css';

const CustomRangeForm = lazy(() =>
  import('./custom-range-form.tsx').then(({ CustomRangeForm }) => ({ default: CustomRangeForm })),
);

export interface RangePickerProps {
  value: RangeSearch;
  onChange: (range: RangeSearch) => void;
}

export function RangePicker({ value, onChange }: RangePickerProps) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const span = resolveRange(value, Date.now());
  const choose = (range: RangeSearch) => {
    close();
    onChange(range);
  };
  return (
    <Popover
      opened={opened}
      onChange={(open) => !open && close()}
      position="bottom-end"
      shadow="md"
      trapFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          leftSection={<Icon name="calendar" size={16} />}
          onClick={toggle}
          title={`${formatUtc(span.fromMs)} to ${formatUtc(span.toMs)}`}
          aria-label={`Time range: ${rangeLabel(value)}`}
        >
          {rangeLabel(value)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="tg-range" aria-label="Time range">
        <div className="tg-range-presets">
          {RANGE_PRESETS.filter((preset) => preset !== 'custom').map((preset) => (
            <button
              key={preset}
              type="button"
              aria-pressed={value.range === preset}
              onClick={() => choose({ range: preset, from: undefined, to: undefined })}
            >
              {RANGE_LABELS[preset]}
            </button>
          ))}
          <p className="tg-range-note">Days and months are UTC, as in the ledger.</p>
        </div>
        <Suspense fallback={<Skeleton width={252} height={370} />}>
          <CustomRangeForm span={span} onApply={(from, to) => choose({ range: 'custom', from, to })} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

function rangeLabel(value: RangeSearch): string {
  if (value.range !== 'custom') return RANGE_LABELS[value.range];
  const { fromMs, toMs } = resolveRange(value, Date.now());
  return formatSpan(fromMs, toMs, Date.now());
}
