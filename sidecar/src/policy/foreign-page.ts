// Whether a request was made by a web page. Any page that is open in a browser may send one here, without a preflight; where
// the sidecar would put its own key on it, that page would spend the key.

export function isForeignPage(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  allowedOrigins: readonly string[],
): boolean {
  const origin = headers['origin'];
  if (typeof origin === 'string' && origin !== '') return !allowedOrigins.includes(origin);
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}
