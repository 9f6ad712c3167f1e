// How fresh the page is: whether changes are streamed, asked for, or paused.
import { createContext, useContext } from 'react';
import type { LiveState } from './live-updates.ts';

export const LiveContext = createContext<LiveState>('connecting');

export function useLiveState(): LiveState {
  return useContext(LiveContext);
}
