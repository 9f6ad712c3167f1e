// Which rows of a long list stand on screen, for rows of one height that scroll with the window.
import { type RefObject, useEffect, useState } from 'react';

export interface RowWindow {
  first: number;
  /** One past the last row. */
  end: number;
}

const OVERSCAN_ROWS = 12;

export function useRowWindow(options: {
  listRef: RefObject<HTMLElement | null>;
  count: number;
  rowHeightPx: number;
}): RowWindow {
  const { listRef, count, rowHeightPx } = options;
  const [visible, setVisible] = useState<RowWindow>({ first: 0, end: 40 });

  useEffect(() => {
    const measure = () => {
      const top = listRef.current?.getBoundingClientRect().top ?? 0;
      const next = visibleRows({ scrolledPx: -top, viewportPx: window.innerHeight, rowHeightPx });
      setVisible((now) => (now.first === next.first && now.end === next.end ? now : next));
    };
    measure();
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [listRef, rowHeightPx]);

  return { first: Math.min(visible.first, count), end: Math.min(visible.end, count) };
}

export function visibleRows(options: {
  scrolledPx: number;
  viewportPx: number;
  rowHeightPx: number;
}): RowWindow {
  const { scrolledPx, viewportPx, rowHeightPx } = options;
  return {
    first: Math.max(0, Math.floor(scrolledPx / rowHeightPx) - OVERSCAN_ROWS),
    end: Math.max(0, Math.ceil((scrolledPx + viewportPx) / rowHeightPx)) + OVERSCAN_ROWS,
  };
}
