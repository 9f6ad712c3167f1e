// The way from one call back to the list it was opened from: to the same history entry, and to the row's link.
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The history entry before this one is the list. */
    openedFromList?: boolean;
  }
}

export const FROM_LIST = { openedFromList: true } as const;

export function callLinkId(callId: string): string {
  return `call-${callId}`;
}

/** Closing adds no history entry: else Back would open the call again. */
export function useCloseCall(): () => void {
  const router = useRouter();
  const navigate = useNavigate();
  return () => {
    if (router.state.location.state.openedFromList === true) router.history.back();
    else void navigate({ to: '/calls', search: (now) => now, replace: true, resetScroll: false });
  };
}

/** Once the call is closed, the focus is where it was; at the content where the row is not drawn any more. */
export function useFocusReturn(callId: string): void {
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        const target = document.getElementById(callLinkId(callId)) ?? document.getElementById('main');
        target?.focus({ preventScroll: true });
      });
    },
    [callId],
  );
}
