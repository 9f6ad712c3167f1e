// Where `tollgate audit verify` reads from: a running collector's API, or a file of exported records.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ApiError, AuditAnswer, AuditHead, AuditRecord } from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { ChainHead } from './audit-chain.ts';

const errAuditUnreadable = defineError('TG_AUDIT_UNREADABLE', 502);

export interface AuditSource {
  readonly records: () => AsyncIterable<AuditRecord>;
  /** How far the chain should reach; undefined where nobody says. */
  readonly head: () => Promise<ChainHead | undefined>;
}

const PAGE_RECORDS = 1000;
/** Records of all times: the chain has no gaps, so no range may leave one out. */
const ALL_TIMES = { from: '1970-01-01T00:00:00Z', to: '2261-01-01T00:00:00Z' };

/** Rejects with TG_AUDIT_UNREADABLE when the collector cannot be reached, refuses, or answers something else. */
export function createApiAuditSource(baseUrl: string, token: string): AuditSource {
  const get = async (path: string): Promise<unknown> => {
    const url = new URL(`/api/v1/${path}`, baseUrl);
    let response: Response;
    try {
      response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    } catch (cause) {
      throw errAuditUnreadable(`the collector at ${baseUrl} does not answer`, {
        cause,
        hint: 'start it, or pass --url with its address',
      });
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    const problem = ApiError.safeParse(answer);
    throw errAuditUnreadable(
      `the collector refused: ${problem.success ? problem.data.error.message : `status ${response.status}`}`,
      { hint: response.status === 401 ? 'pass --token or --data-dir' : 'see the log of the collector' },
    );
  };
  return {
    head: async () => {
      const { records, head_hash } = AuditHead.parse(await get('audit/head'));
      return { nextSeq: records, headHash: head_hash };
    },
    records: async function* () {
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query = new URLSearchParams({ ...ALL_TIMES, order: 'asc', limit: String(PAGE_RECORDS) });
        if (cursor !== '') query.set('cursor', cursor);
        const page = AuditAnswer.parse(await get(`audit?${query}`));
        yield* page.records;
        cursor = page.next;
      }
    },
  };
}

/** One record a line, as JSON, in the order of their numbers. */
export function createFileAuditSource(file: string): AuditSource {
  return {
    head: async () => undefined,
    records: async function* () {
      const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
      let number = 0;
      try {
        for await (const line of lines) {
          number += 1;
          if (line.trim() !== '') yield AuditRecord.parse(JSON.parse(line));
        }
      } catch (cause) {
        throw errAuditUnreadable(`${file} cannot be read as audit records (line ${number})`, {
          cause,
          hint: 'the file holds one JSON record a line, as GET /api/v1/audit gives them',
        });
      }
    },
  };
}
