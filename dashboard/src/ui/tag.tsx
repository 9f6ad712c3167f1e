// A small coloured word: a state, an outcome, a category. The word says it; the colour repeats it.
import type { ReactNode } from 'react';
import './tag.css';

export type Tone = 'good' | 'warn' | 'bad' | 'neutral' | 'accent';

export function Tag({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }) {
  return (
    <span className="tg-tag" data-tone={tone} title={title}>
      {children}
    </span>
  );
}
