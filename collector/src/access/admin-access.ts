// Who may ask the query API: the admin token as a bearer, or as the dashboard's cookie, which may change things from its own page only.
import { createHmac } from 'node:crypto';
import type { Clock } from '@tollgate/service-kit/clock';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyRequest } from 'fastify';
import { bearerToken, tokensEqual } from './bearer-token.ts';

const errUnauthorized = defineError('TG_UNAUTHORIZED', 401);
export const errCrossOrigin = defineError('TG_CROSS_ORIGIN', 403);

const SESSION_COOKIE = 'tollgate_session';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

const SESSION_MS = 12 * 3_600_000;

export interface AdminAccess {
  /** Throws TG_UNAUTHORIZED or TG_CROSS_ORIGIN. */
  readonly require: (request: FastifyRequest) => void;
  /** True for a session of ours that has not ended. */
  readonly hasSession: (request: FastifyRequest) => boolean;
  readonly isAdminToken: (token: string) => boolean;
  /** A `set-cookie` value for a new session. It holds no secret: an expiry, signed with the admin token. */
  readonly newSession: () => string;
  readonly endedSession: () => string;
}

export function createAdminAccess(adminToken: string, clock: Clock): AdminAccess {
  const isAdminToken = (token: string | undefined): boolean => tokensEqual(token, adminToken);
  const nowMs = (): number => Math.floor(clock.nowMicros() / 1000);
  const sign = (expiresMs: number): string =>
    `${expiresMs}.${createHmac('sha256', adminToken).update(`session:${expiresMs}`).digest('base64url')}`;
  const isSession = (value: string | undefined): boolean => {
    const expiresMs = Number(value?.split('.', 1)[0]);
    return expiresMs > nowMs() && tokensEqual(value, sign(expiresMs));
  };
  const hasSession = (request: FastifyRequest): boolean => isSession(sessionCookie(request));
  return {
    isAdminToken,
    hasSession,
    newSession: () => cookie(sign(nowMs() + SESSION_MS), SESSION_MS / 1000),
    endedSession: () => cookie('', 0),
    require: (request) => {
      if (isAdminToken(bearerToken(request))) return;
      if (!hasSession(request)) {
        throw errUnauthorized('the admin token is missing or wrong', {
          hint: 'send `authorization: Bearer <TOLLGATE_ADMIN_TOKEN>`, or open the link that `npm start` printed',
        });
      }
      if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request)) {
        throw errCrossOrigin('a page of another origin may not change anything here', {
          hint: 'use the dashboard of this collector, or a bearer token',
        });
      }
    },
  };
}

function cookie(value: string, maxAgeSeconds: number): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
}

/** True for requests of our own pages. Browsers name the origin of every request that changes something. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const { origin } = request.headers;
  if (origin === undefined) return site === 'same-origin';
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}

function sessionCookie(request: FastifyRequest): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === SESSION_COOKIE) return value?.trim();
  }
  return undefined;
}
