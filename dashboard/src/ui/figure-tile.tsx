// One headline figure: what it is, how much, and how it compares. Keeps its size while it loads.
import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import './figure-tile.css';

export function FigureTile(props: {
  label: string;
  /** Beside the label: a reservation about the figure. */
  tag?: ReactNode;
  value: ReactNode;
  note?: ReactNode;
  loading: boolean;
}) {
  return (
    <div className="tg-card tg-figure">
      <span className="tg-figure-label">
        {props.label}
        {!props.loading && props.tag}
      </span>
      <span className="tg-figure-value tg-num">
        {props.loading ? <Skeleton height={22} width="60%" mt={4} /> : props.value}
      </span>
      <span className="tg-figure-note tg-num">
        {props.loading ? <Skeleton height={10} width="80%" mt={5} /> : props.note}
      </span>
    </div>
  );
}
