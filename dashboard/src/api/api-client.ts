// Speaks to the collector's API with the session cookie. Parses every answer by the contract; knows no page.
import type { z } from 'zod';
import { failureFromBody, unexpectedAnswerFailure, unreachableFailure } from './api-failure.ts';

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

export function createApiClient(deps: { fetch: typeof fetch; baseUrl?: string }): ApiClient {
  const baseUrl = deps.baseUrl ?? '/api/v1';

  async function send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await deps.fetch(`${baseUrl}/${path}`, { credentials: 'same-origin', ...init });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw unreachableFailure(error);
    }
  }

  async function post(path: string, body: unknown): Promise<void> {
    const response = await send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw failureFromBody(response.status, await readJson(response));
  }

  return {
    async get({ path, schema, parameters = {}, signal }) {
      const response = await send(`${path}${queryString(parameters)}`, {
        headers: { accept: 'application/json' },
        signal: signal ?? null,
      });
      const body = await readJson(response);
      if (!response.ok) throw failureFromBody(response.status, body);
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw unexpectedAnswerFailure(response.status, parsed.error);
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
