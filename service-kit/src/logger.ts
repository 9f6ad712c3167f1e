// JSON lines with the names the brief asks for; one redaction list for every service.
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** What `log.level` may be. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const SECRET_KEYS = [
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-tollgate-key',
  'x-amz-security-token',
  'cookie',
  'set-cookie',
  'apiKey',
  'adminToken',
  'ingestToken',
  'controlDatabaseUrl',
  'token',
  'password',
  'secret',
];
const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);

export interface LoggerOptions {
  /** The process: `collector`, `sidecar`, `inference-ref`, `start`. Shown as `logger`. */
  readonly name: string;
  readonly level?: string;
  readonly destination?: DestinationStream;
}

/** A pino logger writing `timestamp`, `level`, `logger`, the fields given and `message`, one JSON object a line. */
export function createLogger({ name, level = 'info', destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { logger: name },
      messageKey: 'message',
      errorKey: 'exception',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    },
    // Without a length `flush` calls back at once, while lines are still on their way.
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 1 }),
  );
}
