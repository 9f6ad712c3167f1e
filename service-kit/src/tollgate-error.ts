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
