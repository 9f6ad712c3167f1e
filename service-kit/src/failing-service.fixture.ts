// A service that cannot start, on a process whose threads are busy when it says so, and which is gone the moment it exits.

import { pbkdf2 } from 'node:crypto';
import { createLogger } from './logger.ts';
import { runService } from './run-service.ts';

const BUSY_JOBS = 4;
const ROUNDS = 60_000;

process.on('exit', () => process.kill(process.pid, 'SIGKILL'));
await runService({
  log: createLogger({ name: 'failing' }),
  start: async () => {
    for (let job = 0; job < BUSY_JOBS; job++) pbkdf2('any', 'salt', ROUNDS, 64, 'sha512', () => undefined);
    throw new Error('no port is free');
  },
});
