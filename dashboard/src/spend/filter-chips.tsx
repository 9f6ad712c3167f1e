// The filters in force, each with its way out.
import { CloseButton } from '@mantine/core';
import { groupLabel } from './group-label.ts';
import { DIMENSION_LABELS, type GroupDimension, type SpendFilter } from './spend-search.ts';

export function FilterChips(props: {
  filters: readonly SpendFilter[];
  onRemove: (dimension: GroupDimension) => void;
}) {
  if (props.filters.length === 0) return null;
  return (
    <ul className="tg-chips" aria-label="Filters">
      {props.filters.map(({ dimension, value }) => (
        <li key={dimension} className="tg-chip">
          <span className="tg-muted">{DIMENSION_LABELS[dimension]}</span> {groupLabel(value, dimension)}
          <CloseButton
            size="xs"
            aria-label={`Remove the filter ${dimension} ${groupLabel(value, dimension)}`}
            onClick={() => props.onRemove(dimension)}
          />
        </li>
      ))}
    </ul>
  );
}
