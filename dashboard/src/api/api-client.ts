// Speaks to the collector's API with the session cookie. Parses every answer by the contract; knows no page.
import type { z } from 'zod';
import {
  failureFromBody,
  timeoutFailure,
  unexpectedAnswerFailure,
  unreachableFailure,
} from './api-failure.ts';

/** An empty text is a value of its own: `team: ''` asks for the calls that carry no team. */
export type Parameters = Record<string, string | number | undefined>;

export interface ApiClient {
  /** Asks `/api/v1/<path>`. Throws ApiFailure; an abort passes through as it is. */
  get<Schema extends z.ZodType>(request: {
    path: string;
    schema: Schema;
    parameters?: Parameters | undefined;
    signal?: AbortSignal | undefined;
  }): Promise<z.output<Schema>>;
  /** Exchanges the token for an HttpOnly session cookie. */
  login(token: string): Promise<void>;
  logout(): Promise<void>;
}

interface ApiClientDeps {
  fetch: typeof fetch;
  baseUrl?: string;
  /** The whole answer must have come by then; 60 s, enough for a slow query. */
  timeoutMs?: number;
}

interface Answer {
  ok: boolean;
  status: number;
  body: unknown;
}

export function createApiClient(deps: ApiClientDeps): ApiClient {
  const { baseUrl = '/api/v1', timeoutMs = 60_000 } = deps;

  async function send(path: string, init: RequestInit, given?: AbortSignal): Promise<Answer> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = given === undefined ? timeout : AbortSignal.any([given, timeout]);
    try {
      const response = await deps.fetch(`${baseUrl}/${path}`, {
        credentials: 'same-origin',
        ...init,
        signal,
      });
      return { ok: response.ok, status: response.status, body: await readJson(response) };
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw timeout.aborted ? timeoutFailure(timeoutMs, error) : unreachableFailure(error);
    }
  }

  async function post(path: string, body: unknown): Promise<void> {
    const answer = await send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw failureFromBody(answer.status, answer.body);
  }

  return {
    async get({ path, schema, parameters = {}, signal }) {
      const init = { headers: { accept: 'application/json' } };
      const { ok, status, body } = await send(`${path}${queryString(parameters)}`, init, signal);
      if (!ok) throw failureFromBody(status, body);
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw unexpectedAnswerFailure(status, parsed.error);
      return parsed.data;
    },
    login: (token) => post('login', { token }),
    logout: () => post('logout', {}),
  };
}

function queryString(parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** The JSON body, or undefined where there is none: the status then speaks. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
