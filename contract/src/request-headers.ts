// Headers that clients script against. Request headers of ours are read by the sidecar and never forwarded upstream.

export const ATTRIBUTION_HEADERS = {
  team: 'x-tollgate-team',
  user: 'x-tollgate-user',
  app: 'x-tollgate-app',
  session: 'x-tollgate-session',
  tags: 'x-tollgate-tags',
  environment: 'x-tollgate-environment',
} as const;

export const KEY_HEADER = 'x-tollgate-key';
export const CALL_ID_HEADER = 'x-tollgate-call-id';
export const REASON_HEADER = 'x-tollgate-reason';
/** Every header with this prefix is ours. */
export const TOLLGATE_HEADER_PREFIX = 'x-tollgate-';
