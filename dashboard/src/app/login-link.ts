// Takes the token out of the link that `npm start` prints: it stands in the fragment, which no server and no log ever sees.

const TOKEN_FRAGMENT = /^#token=(.+)$/;

/** The token in the address, which is removed from it and from the history entry; null when there is none. */
export function takeLoginToken(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
): string | null {
  const encoded = TOKEN_FRAGMENT.exec(location.hash)?.[1];
  if (encoded === undefined) return null;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** Where the link led, to go on to after the login; nothing for the start page. */
export function linkTarget({ pathname, search }: Pick<Location, 'pathname' | 'search'>): string | undefined {
  return pathname === '/' || pathname === '/login' ? undefined : `${pathname}${search}`;
}

/** A path inside the dashboard, safe to return to after the login; anything else leads to the start page. */
export function safeReturnPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith('/') || /^\/[/\\]/.test(path)) return '/';
  return path.startsWith('/login') ? '/' : path;
}
