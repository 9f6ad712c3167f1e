// Numbers on the page: each carries the path of the JSON value it shows and that value, so that both can be held together.
import type { LoadTestRun } from '@tollgate/contract';
import { formatDollars, formatFigure } from './format-figure.ts';
import { escapeText } from './svg-frame.ts';

export interface HtmlFigures {
  /** The number at a dotted path of the report, formatted; a dash where it is null. */
  readonly figure: (path: string, options?: FigureOptions) => string;
  readonly text: (value: string) => string;
}

export interface FigureOptions {
  readonly whole?: boolean;
  readonly percent?: boolean;
  readonly digits?: number;
  readonly dollars?: boolean;
}

export function createHtmlFigures(report: LoadTestRun): HtmlFigures {
  return {
    text: escapeText,
    figure: (path, options = {}) => {
      const value = valueAt(report, path);
      if (value === null || value === undefined) return '–';
      const shown = show(value, options);
      return `<span data-path="${path}" data-value="${escapeText(String(value))}">${escapeText(shown)}</span>`;
    },
  };
}

export function valueAt(report: unknown, path: string): unknown {
  let current: unknown = report;
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

function show(
  value: unknown,
  { whole = false, percent = false, dollars = false, digits }: FigureOptions,
): string {
  if (dollars) return formatDollars(String(value));
  if (typeof value !== 'number') return String(value);
  if (percent) return `${(value * 100).toFixed(digits ?? 2)} %`;
  return digits === undefined ? formatFigure(value, whole) : value.toFixed(digits);
}
