// The one error class: a stable code, an HTTP status, and a hint that tells the user what to do.

export interface TollgateErrorOptions {
  /** What the user can do about it; shown with the message. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class TollgateError extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly hint: string | undefined;

  constructor(code: string, statusCode: number, message: string, options: TollgateErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TollgateError';
    this.code = code;
    this.statusCode = statusCode;
    this.hint = options.hint;
  }
}

export type ErrorFactory = (message: string, options?: TollgateErrorOptions) => TollgateError;

/** Declares an error in one line: `const errQueueFull = defineError('TG_QUEUE_FULL', 503)`. Each code stands in docs/errors.md. */
export function defineError(code: `TG_${string}`, statusCode: number): ErrorFactory {
  return (message, options) => new TollgateError(code, statusCode, message, options);
}

export function isTollgateError(error: unknown): error is TollgateError {
  return error instanceof TollgateError;
}

const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'stop the process that holds the port, or set another one: COLLECTOR_PORT, SIDECAR_PORT, …; 0 takes any',
  EADDRNOTAVAIL:
    'this machine has no such address; set COLLECTOR_HOST, SIDECAR_HOST or INFERENCE_HOST to one it has',
  EACCES: 'give this user the right to use it, or set TOLLGATE_DATA_DIR (or the port) to one it may use',
  EPERM: 'give this user the right to use it, or set TOLLGATE_DATA_DIR to a directory it may write',
  EROFS: 'the file system is read-only: set TOLLGATE_DATA_DIR to a directory that can be written',
  ENOTDIR: 'a file stands where a directory should: set TOLLGATE_DATA_DIR to a directory',
  EEXIST: 'a file stands where a directory should: set TOLLGATE_DATA_DIR to a directory',
  // Node says so of a recursive mkdir on a read-only file system.
  ENOENT: 'the path cannot be made or read: set TOLLGATE_DATA_DIR to a directory that can be written',
  ENOSPC: 'the disk is full: make room, or set TOLLGATE_DATA_DIR to another disk',
};

/** What to do about an error of the operating system; undefined where that is not known. */
export function systemErrorHint(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? SYSTEM_HINTS[code] : undefined;
}
