// The head of a page: its name (also the document's title), one line about it, and its controls.
import type { ReactNode } from 'react';
import './page-header.css';

export function PageHeader(props: { title: string; children?: ReactNode; aside?: ReactNode }) {
  return (
    <header className="tg-page-header">
      <title>{`${props.title} · Tollgate`}</title>
      <div className="tg-page-title">
        <h1>{props.title}</h1>
        {props.aside}
      </div>
      <div className="tg-page-controls">{props.children}</div>
    </header>
  );
}
