// Asks the collector, before any load is made, whether it will take the report: an hour's run must not end with a wrong token.
import { request } from 'undici';
import { errUsage } from '../run/loadtest-options.ts';

export interface CollectorAccess {
  readonly collector: string;
  readonly token: string;
}

/** The list wants a range; which one does not matter. */
const ANY_SECOND = 'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:01Z&limit=1';
const ANSWER_TIMEOUT_MS = 10_000;

/** Throws TG_LOADTEST_USAGE where the report could not be stored. */
export async function checkCollector({ collector, token }: CollectorAccess): Promise<void> {
  const url = new URL(`/api/v1/load-tests?${ANY_SECOND}`, collector);
  const status = await statusOf(url, token);
  if (status === 200) return;
  if (status === 401 || status === 403) {
    throw errUsage(`--token: the collector at ${url.origin} refuses it (${status})`, {
      hint: "give the collector's admin token (TOLLGATE_ADMIN_TOKEN)",
    });
  }
  throw errUsage(`--collector: ${url.origin} answers ${status} to ${url.pathname}`, {
    hint: 'give the address of a running collector',
  });
}

async function statusOf(url: URL, token: string): Promise<number> {
  try {
    const { statusCode, body } = await request(url, {
      headers: { authorization: `Bearer ${token}` },
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    await body.dump();
    return statusCode;
  } catch (cause) {
    throw errUsage(`--collector: nothing answers at ${url.origin}`, {
      cause,
      hint: 'give the address of a running collector, or leave out --collector and keep the report with --json',
    });
  }
}
