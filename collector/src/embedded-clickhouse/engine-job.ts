// One statement as the engine takes it: judged already, with its rows in a file if it has any.

export interface Job {
  readonly sql: string;
  readonly database: string;
  readonly format: string;
  /** Marks the running statement so that it can be killed. */
  readonly queryId: string;
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` placeholders, escaped as in the HTTP interface. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The statement leaves nothing behind in its Session: no setting, no temporary table. */
  readonly reusesSession: boolean;
}
