// An error as ClickHouse speaks it over HTTP: a numeric code, a type, a text that stock clients parse, an HTTP status.

export interface ClickHouseExceptionInit {
  readonly code: number;
  /** Upper-case name of the code: `UNKNOWN_TABLE`. */
  readonly type: string;
  readonly message: string;
  readonly cause?: unknown;
}

export class ClickHouseException extends Error {
  readonly code: number;
  readonly type: string;
  readonly statusCode: number;

  constructor(init: ClickHouseExceptionInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'ClickHouseException';
    this.code = init.code;
    this.type = init.type;
    this.statusCode = HTTP_STATUS_BY_CODE[init.code] ?? 500;
  }
}

/** The statuses that a ClickHouse server answers with; any other code is a 500. */
const HTTP_STATUS_BY_CODE: Readonly<Record<number, number>> = {
  6: 400,
  27: 400,
  36: 400,
  38: 400,
  41: 400,
  46: 404,
  47: 404,
  48: 501,
  53: 400,
  60: 404,
  62: 400,
  81: 404,
  115: 404,
  117: 400,
  130: 400,
  159: 408,
  164: 403,
  194: 401,
  202: 503,
  291: 403,
  307: 413,
  456: 400,
  457: 400,
  497: 403,
  516: 403,
};

const ENGINE_PREFIX = /^Code: (\d+)\. (?:DB::)?Exception: /;
const ENGINE_SUFFIX = /\s*\(([A-Z][A-Z0-9_]{2,})\)(?: \(version [^)]*\))?\s*$/;

export function createClickHouseException(init: ClickHouseExceptionInit): ClickHouseException {
  return new ClickHouseException(init);
}

/** Turns whatever the engine threw into a typed exception; text without a code becomes LOGICAL_ERROR (49). */
export function toClickHouseException(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error;
  let message = error instanceof Error ? error.message : String(error);
  let code = 49;
  let type = 'LOGICAL_ERROR';
  // An exception inside an exception repeats the frame; the innermost one is what happened.
  for (let match = ENGINE_PREFIX.exec(message); match !== null; match = ENGINE_PREFIX.exec(message)) {
    code = Number(match[1]);
    message = message.slice(match[0].length);
    const suffix = ENGINE_SUFFIX.exec(message);
    type = suffix?.[1] ?? type;
    if (suffix !== null) message = message.slice(0, suffix.index);
  }
  return new ClickHouseException({ code, type, message, cause: error });
}

/** The same exception without the place where the server keeps a request's rows. */
export function hidePath(error: unknown, path: string): ClickHouseException {
  const exception = toClickHouseException(error);
  const { code, type } = exception;
  const message = exception.message.replaceAll(`(in file/uri ${path})`, '(in the request body)');
  return new ClickHouseException({
    code,
    type,
    message: message.replaceAll(path, 'the request body'),
    cause: error,
  });
}

/** The response body, in the wording that clients take code, message and type from. */
export function formatException(exception: ClickHouseException, engineVersion: string): string {
  const message = exception.message.replace(/\.?\s*$/, '.');
  return `Code: ${exception.code}. DB::Exception: ${message} (${exception.type}) (version ${engineVersion})\n`;
}
