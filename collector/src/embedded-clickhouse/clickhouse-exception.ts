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

const ENGINE_TEXT =
  /^Code: (\d+)\. (?:DB::)?Exception: ([\s\S]*?)(?:\s*\(([A-Z][A-Z0-9_]{2,})\)(?: \(version [^)]*\))?)?\s*$/;

export function createClickHouseException(init: ClickHouseExceptionInit): ClickHouseException {
  return new ClickHouseException(init);
}

/** Turns whatever the engine threw into a typed exception; text without a code becomes LOGICAL_ERROR (49). */
export function toClickHouseException(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error;
  const text = error instanceof Error ? error.message : String(error);
  const match = ENGINE_TEXT.exec(text);
  if (match === null) {
    return new ClickHouseException({ code: 49, type: 'LOGICAL_ERROR', message: text, cause: error });
  }
  const [, code, message, type] = match;
  return new ClickHouseException({
    code: Number(code),
    type: type ?? 'UNKNOWN_EXCEPTION',
    message: message ?? text,
    cause: error,
  });
}

/** The response body, in the wording that clients take code, message and type from. */
export function formatException(exception: ClickHouseException, engineVersion: string): string {
  const message = exception.message.replace(/\.?\s*$/, '.');
  return `Code: ${exception.code}. DB::Exception: ${message} (${exception.type}) (version ${engineVersion})\n`;
}
