// Who asks: the owner (the collector) or a reader (Grafana, BI). Reads the three ways in which ClickHouse clients send
// a name and a password, and compares in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createClickHouseException } from './clickhouse-exception.ts';

export type Role = 'owner' | 'reader';

export interface Account {
  readonly role: Role;
  readonly username: string;
  readonly password: string;
}

export interface PresentedCredentials {
  readonly username: string;
  readonly password: string;
}

export type Authenticate = (headers: IncomingHttpHeaders, url: URLSearchParams) => Role;

/** Throws REQUIRED_PASSWORD (194, 401) without credentials and AUTHENTICATION_FAILED (516, 403) with wrong ones. */
export function createAuthenticate(accounts: readonly Account[]): Authenticate {
  return (headers, url) => {
    const presented = readCredentials(headers, url);
    if (presented === undefined) {
      throw createClickHouseException({
        code: 194,
        type: 'REQUIRED_PASSWORD',
        message: 'a user name and a password are required',
      });
    }
    const account = accounts.find(({ username }) => username === presented.username);
    if (!equal(account?.password ?? '', presented.password) || account === undefined) {
      throw createClickHouseException({
        code: 516,
        type: 'AUTHENTICATION_FAILED',
        message: `${presented.username}: Authentication failed: password is incorrect, or there is no user with such name`,
      });
    }
    return account.role;
  };
}

function readCredentials(
  headers: IncomingHttpHeaders,
  url: URLSearchParams,
): PresentedCredentials | undefined {
  const user = headers['x-clickhouse-user'];
  if (typeof user === 'string')
    return { username: user, password: String(headers['x-clickhouse-key'] ?? '') };
  const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'basic') {
    const decoded = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon >= 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  const username = url.get('user');
  return username === null ? undefined : { username, password: url.get('password') ?? '' };
}

/** Hashing first makes the lengths equal. */
function equal(expected: string, presented: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(presented));
}
