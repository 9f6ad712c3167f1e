// The filters of the Calls page. What can be picked is what was called in the last 30 days; anything else can be typed.
import { Autocomplete, Button, Collapse, NumberInput, Select } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outcome } from '@tollgate/contract';
import { useState } from 'react';
import { Icon } from '../ui/icons.tsx';
import { useIsNarrow } from '../ui/use-is-narrow.ts';
import { activeFilters, CALL_FILTER_LABELS, type CallsSearch } from './calls-search.ts';
import { OUTCOME_LABELS } from './outcome-tag.tsx';
import { useDimensionValues } from './use-dimension-values.ts';

type Change = (next: Partial<CallsSearch>) => void;
type TextFilter = 'team' | 'model' | 'provider' | 'user';

export function CallFilterBar({ search, onChange }: { search: CallsSearch; onChange: Change }) {
  const isNarrow = useIsNarrow();
  const [opened, { toggle }] = useDisclosure(false);
  const active = activeFilters(search).length;
  if (!isNarrow) return <Filters search={search} onChange={onChange} />;
  return (
    <div>
      <Button
        variant="default"
        size="sm"
        leftSection={<Icon name="filter" size={16} />}
        onClick={toggle}
        aria-expanded={opened}
        mb={opened ? 8 : 0}
      >
        Filters{active === 0 ? '' : ` (${active})`}
      </Button>
      <Collapse expanded={opened}>
        <Filters search={search} onChange={onChange} />
      </Collapse>
    </div>
  );
}

function Filters({ search, onChange }: { search: CallsSearch; onChange: Change }) {
  const hasFilters = activeFilters(search).length > 0;
  return (
    <search className="tg-calls-filters">
      <TextFilterInput filter="team" search={search} onChange={onChange} />
      <TextFilterInput filter="model" search={search} onChange={onChange} />
      <TextFilterInput filter="provider" search={search} onChange={onChange} />
      <TextFilterInput filter="user" search={search} onChange={onChange} />
      <Select
        size="sm"
        label="Outcome"
        placeholder="Any"
        clearable
        data={OUTCOME_LABELS}
        value={search.outcome ?? null}
        onChange={(value) => onChange({ outcome: value === null ? undefined : Outcome.parse(value) })}
      />
      <NumberInput
        size="sm"
        label={CALL_FILTER_LABELS.min_duration_ms}
        placeholder="Any"
        min={0}
        step={100}
        hideControls
        value={search.min_duration_ms ?? ''}
        onChange={(value) =>
          onChange({ min_duration_ms: typeof value === 'number' && value > 0 ? value : undefined })
        }
      />
      {hasFilters && (
        <Button variant="subtle" size="sm" onClick={() => onChange(NO_FILTERS)}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

const NO_FILTERS = {
  team: undefined,
  model: undefined,
  provider: undefined,
  user: undefined,
  app: undefined,
  upstream: undefined,
  outcome: undefined,
  session: undefined,
  prompt_digest: undefined,
  min_duration_ms: undefined,
} satisfies Partial<CallsSearch>;

function TextFilterInput(props: { filter: TextFilter; search: CallsSearch; onChange: Change }) {
  const { filter, search, onChange } = props;
  const chosen = search[filter] ?? '';
  const [isFocused, setFocused] = useState(false);
  const [draft, setDraft] = useState(chosen);
  const values = useDimensionValues(filter, isFocused);
  const commit = (value: string) => {
    setDraft(value);
    if (value !== chosen) onChange({ [filter]: value === '' ? undefined : value });
  };
  return (
    <Autocomplete
      size="sm"
      label={CALL_FILTER_LABELS[filter]}
      placeholder="Any"
      clearable
      limit={50}
      data={values}
      value={isFocused ? draft : chosen}
      onFocus={() => {
        setDraft(chosen);
        setFocused(true);
      }}
      onBlur={() => {
        commit(draft.trim());
        setFocused(false);
      }}
      onChange={setDraft}
      onOptionSubmit={commit}
      onClear={() => commit('')}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(draft.trim());
      }}
    />
  );
}
