// Light, dark, or as the system has it. The choice is remembered in this browser.
import { SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { Icon, type IconName } from '../ui/icons.tsx';

const CHOICES = [
  { value: 'light', label: 'Light', icon: 'sun' },
  { value: 'auto', label: 'As the system', icon: 'system' },
  { value: 'dark', label: 'Dark', icon: 'moon' },
] as const satisfies readonly { value: string; label: string; icon: IconName }[];

export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      aria-label="Colour scheme"
      value={colorScheme}
      onChange={(value) => setColorScheme(CHOICES.find((choice) => choice.value === value)?.value ?? 'auto')}
      data={CHOICES.map(({ value, label, icon }) => ({
        value,
        label: (
          <span className="tg-scheme-choice" title={label}>
            <Icon name={icon} size={15} />
            <VisuallyHidden>{label}</VisuallyHidden>
          </span>
        ),
      }))}
    />
  );
}
