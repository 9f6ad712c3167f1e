// Where the embedded engine listens, kept beside its data for the owner of the directory: a BI tool or a repair needs it.
import { chmodSync, writeFileSync } from 'node:fs';

export interface EventsEndpoint {
  readonly url: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  /** May only read: for Grafana and BI tools. */
  readonly readonlyUsername: string;
  readonly readonlyPassword: string;
}

/** Writes the file readable for its owner alone. Address and passwords are new at each start of the collector. */
export function writeEndpointFile(file: string, endpoint: EventsEndpoint): void {
  const { url, database, username, password, readonlyUsername, readonlyPassword } = endpoint;
  const content = { url, database, username, password, readonlyUsername, readonlyPassword };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}
