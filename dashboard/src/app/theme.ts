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

/** Mantine's greys of the dark scheme, in the cool tone of theme.css. */
const dark: MantineColorsTuple = [
  '#e8ebf1',
  '#c3cad6',
  '#9ca6b6',
  '#6d788a',
  '#3a4250',
  '#2c3340',
  '#1f242d',
  '#161a21',
  '#11141a',
  '#0e1116',
];

const FONT_STACK =
  "'Inter Variable', 'Inter Fallback', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif";
const MONO_STACK = "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

export const theme = createTheme({
  fontFamily: FONT_STACK,
  fontFamilyMonospace: MONO_STACK,
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 5 },
  colors: { indigo, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  headings: { fontWeight: '650' },
});
