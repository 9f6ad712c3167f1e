// Any span of time: two days on a calendar and two times of day, in the local zone.
import '@mantine/dates/styles.css';
import { Button } from '@mantine/core';
import { DatePicker, TimeInput } from '@mantine/dates';
import { useState } from 'react';
import { formatLocal, formatZone } from '../ui/time-format.ts';
import type { TimeSpan } from './time-range.ts';

export interface CustomRangeFormProps {
  span: TimeSpan;
  onApply: (from: string, to: string) => void;
}

export function CustomRangeForm({ span, onApply }: CustomRangeFormProps) {
  const [days, setDays] = useState<[string | null, string | null]>([
    formatLocal(span.fromMs).slice(0, 10),
    formatLocal(span.toMs).slice(0, 10),
  ]);
  const [fromTime, setFromTime] = useState(formatLocal(span.fromMs).slice(11, 16));
  const [toTime, setToTime] = useState(formatLocal(span.toMs).slice(11, 16));
  const [fromDay, toDay] = days;
  const fromMs = Date.parse(`${fromDay ?? ''}T${fromTime}`);
  const toMs = Date.parse(`${toDay ?? ''}T${toTime}`);
  const isValid = fromMs < toMs;
  const apply = () => {
    if (isValid) onApply(new Date(fromMs).toISOString(), new Date(toMs).toISOString());
  };
  return (
    <div className="tg-range-custom">
      <DatePicker
        type="range"
        size="xs"
        value={days}
        onChange={setDays}
        allowSingleDateInRange
        weekendDays={[]}
        maxDate={formatLocal(Date.now() + 86_400_000).slice(0, 10)}
      />
      <div className="tg-range-times">
        <TimeInput
          size="xs"
          label="From"
          value={fromTime}
          onChange={(e) => setFromTime(e.currentTarget.value)}
        />
        <TimeInput size="xs" label="To" value={toTime} onChange={(e) => setToTime(e.currentTarget.value)} />
      </div>
      <p className="tg-range-note">Times of this calendar are local: {formatZone(span.toMs)}.</p>
      <Button size="xs" disabled={!isValid} onClick={apply}>
        {isValid ? 'Show this time' : 'Pick a start before the end'}
      </Button>
    </div>
  );
}
