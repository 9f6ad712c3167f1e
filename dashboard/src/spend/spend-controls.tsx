// How the chart is sliced: by which dimension, in which measure, into buckets of which size.
import { SegmentedControl } from '@mantine/core';
import { Interval } from '@tollgate/contract';
import { intervalsFor, type TimeSpan } from '../range/time-range.ts';
import { DIMENSION_LABELS, GROUP_DIMENSIONS, MEASURES, type SpendSearch } from './spend-search.ts';

type Change = (next: Partial<SpendSearch>) => void;

const MEASURE_LABELS = { cost: 'Cost', calls: 'Calls', tokens: 'Tokens' } as const;
const INTERVAL_LABELS: Record<Interval, string> = { minute: 'Minutes', hour: 'Hours', day: 'Days' };

export function SpendControls(props: {
  search: SpendSearch;
  span: TimeSpan | undefined;
  interval: Interval | undefined;
  onChange: Change;
}) {
  const { search, span, interval, onChange } = props;
  const intervals = span === undefined ? [] : intervalsFor(span);
  return (
    <div className="tg-chart-controls">
      <div className="tg-scroll-x">
        <SegmentedControl
          size="xs"
          aria-label="Group by"
          value={search.by}
          data={GROUP_DIMENSIONS.map((value) => ({ value, label: DIMENSION_LABELS[value] }))}
          onChange={(value) => onChange({ by: GROUP_DIMENSIONS.find((one) => one === value) ?? 'team' })}
        />
      </div>
      <div className="tg-chart-measures">
        <SegmentedControl
          size="xs"
          aria-label="Measure"
          value={search.measure}
          data={MEASURES.map((value) => ({ value, label: MEASURE_LABELS[value] }))}
          onChange={(value) => onChange({ measure: MEASURES.find((one) => one === value) ?? 'cost' })}
        />
        {intervals.length > 1 && interval !== undefined && (
          <SegmentedControl
            size="xs"
            aria-label="Bucket size"
            value={interval}
            data={intervals.map((value) => ({ value, label: INTERVAL_LABELS[value] }))}
            onChange={(value) => onChange({ interval: Interval.parse(value) })}
          />
        )}
      </div>
    </div>
  );
}
