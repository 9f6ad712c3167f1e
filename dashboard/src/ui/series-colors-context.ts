// The colours of named series, shared by all pages of one browser.
import { createContext, useContext } from 'react';
import type { SeriesColors } from './series-colors.ts';

export const SeriesColorsContext = createContext<SeriesColors | null>(null);

export function useSeriesColors(): SeriesColors {
  const colors = useContext(SeriesColorsContext);
  if (colors === null) throw new Error('useSeriesColors needs a SeriesColorsContext above it');
  return colors;
}
