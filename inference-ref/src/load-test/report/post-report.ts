// Hands a report to the collector, which stores it for the dashboard.
import type { LoadTestRun } from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { request } from 'undici';

const errNotStored = defineError('TG_LOADTEST_NOT_STORED', 502);

export interface PostReportOptions {
  readonly collector: string;
  readonly token: string;
  readonly report: LoadTestRun;
}

/** Throws TG_LOADTEST_NOT_STORED. The report itself has been written by then. */
export async function postReport({ collector, token, report }: PostReportOptions): Promise<void> {
  const url = new URL('/api/v1/load-tests', collector);
  let answer: { statusCode: number; text: string };
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(report),
    });
    answer = { statusCode, text: await body.text() };
  } catch (cause) {
    throw errNotStored(`the collector at ${url.origin} can't be reached`, {
      cause,
      hint: 'check --collector',
    });
  }
  if (answer.statusCode >= 300) {
    throw errNotStored(`the collector answered ${answer.statusCode}: ${answer.text.slice(0, 200)}`, {
      hint: 'check --token',
    });
  }
}
