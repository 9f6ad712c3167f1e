// Is this a narrow screen, such as a phone's? The same border as in the style sheets, known at the first paint.
import { useMediaQuery } from '@mantine/hooks';

export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 47.99em)', false, { getInitialValueInEffect: false }) ?? false;
}
