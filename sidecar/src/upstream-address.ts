// What an upstream's address may be.

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0']);

/** Scheme, host, port and path, and nothing that would be left away: no credentials, no query, no fragment. */
export function isBareUrl(url: string): boolean {
  const { username, password, search, hash } = new URL(url);
  return [username, password, search, hash].every((part) => part === '');
}

/** Whether a call to it would come to who listens there, by any name of this machine that is known without asking. */
export function leadsTo(url: string, listener: { readonly host: string; readonly port: number }): boolean {
  const { protocol, hostname, port } = new URL(url);
  const isHere = LOOPBACK.has(hostname) || hostname === listener.host;
  return protocol === 'http:' && isHere && Number(port || 80) === listener.port;
}
