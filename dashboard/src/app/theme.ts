// The look of Mantine's components. Colours of our own surfaces stand in theme.css as custom properties.
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const indigo: MantineColorsTuple = [
  '#eef1ff',
  '#dce2fd',
  '#b9c4f8',
  '#94a5f3',
  '#7488ee',
  '#5d74e9',
  '#4c63e0',
  '#3f51d6',
  '#3545b4',
  '#2c3a92',
];

export const FONT_STACK =
  "'Inter Variable', 'Inter Fallback', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif";
const MONO_STACK = "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

export const theme = createTheme({
  fontFamily: FONT_STACK,
  fontFamilyMonospace: MONO_STACK,
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 5 },
  colors: { indigo },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  headings: { fontWeight: '650' },
});
