// Writes every output that was asked for. Each is made from the report, so all of them show the same numbers.
import { writeFile } from 'node:fs/promises';
import { defineError, isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { LoadtestOutcome } from '../run/execute-loadtest.ts';
import type { LoadtestOptions } from '../run/loadtest-options.ts';
import { csvOfCalls, jsonLinesOfCalls } from './call-lines.ts';
import { htmlReport } from './html-report.ts';
import { junitReport } from './junit-report.ts';
import { markdownReport } from './markdown-report.ts';
import { formatOtherDefinition } from './other-definitions.ts';
import { type PostReportOptions, postReport } from './post-report.ts';

const errOutput = defineError('TG_LOADTEST_OUTPUT', 500);

export interface OutputSinks {
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

export async function writeOutputs(
  options: LoadtestOptions,
  { report, records, measured }: LoadtestOutcome,
  { print, warn }: OutputSinks,
): Promise<void> {
  const files: readonly (readonly [string | undefined, () => string | Iterable<string>])[] = [
    [options.json, () => `${JSON.stringify(report, null, 2)}\n`],
    [options.html, () => htmlReport(report, measured)],
    [options.junit, () => junitReport(report)],
    [options.markdown, () => markdownReport(report)],
    [options.csv, () => csvOfCalls(records)],
    [options.raw, () => jsonLinesOfCalls(records)],
  ];
  for (const [path, make] of files) {
    if (path === undefined) continue;
    try {
      await writeFile(path, make());
    } catch (cause) {
      throw errOutput(`cannot write ${path}`, {
        cause,
        hint: 'check that the folder exists and may be written',
      });
    }
  }
  if (options.definitions !== undefined)
    print(
      formatOtherDefinition(
        options.definitions,
        measured.map(({ call }) => call),
      ),
    );
  if (options.collector !== undefined && options.token !== undefined) {
    await storeReport({ collector: options.collector, token: options.token, report }, { print, warn });
  }
}

/** What was measured stands, stored or not: the exit code stays the verdict's. */
async function storeReport(options: PostReportOptions, { print, warn }: OutputSinks): Promise<void> {
  try {
    await postReport(options);
  } catch (error) {
    if (!isTollgateError(error)) throw error;
    warn(`the report is not stored: ${error.message}; ${error.hint ?? ''}\n`);
    return;
  }
  print(`stored at ${new URL(`/api/v1/load-tests/${options.report.id}`, options.collector).href}\n`);
}
