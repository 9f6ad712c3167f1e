// Asks the engine what it knows: settings, table functions and table engines, so that the rules cover all of them.
import { randomUUID } from 'node:crypto';
import type { Engine } from './engine.ts';

export interface EngineNames {
  readonly settings: ReadonlySet<string>;
  readonly tableFunctions: ReadonlySet<string>;
  readonly engines: ReadonlySet<string>;
}

export async function readEngineNames(engine: Engine, database: string): Promise<EngineNames> {
  const list = async (sql: string): Promise<ReadonlySet<string>> => {
    const job = {
      sql,
      database,
      format: 'TSVRaw',
      queryId: randomUUID(),
      settings: new Map(),
      parameters: new Map(),
      reusesSession: false,
    };
    const { bytes } = await engine.run(job);
    const names = new Set(Buffer.from(bytes).toString('utf8').split('\n'));
    names.delete('');
    return names;
  };
  return {
    settings: await list('SELECT name FROM system.settings'),
    tableFunctions: await list('SELECT name FROM system.table_functions'),
    engines: await list(
      'SELECT name FROM system.table_engines UNION ALL SELECT name FROM system.database_engines',
    ),
  };
}
