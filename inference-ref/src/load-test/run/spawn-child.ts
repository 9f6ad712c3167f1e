// Starts a TypeScript file of the harness as a child process with IPC, in a session of its own, so that its priority is its own
// (raise-priority.ts). The child dies with its parent's channel.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Many short collections by one thread instead of few long ones by several: with the usual young generation a client of 1,000
 * streams stood still for 10 to 40 ms once a second, with this one for 2 ms.
 */
const SHORT_PAUSES = ['--max-semi-space-size=4', '--no-parallel-scavenge'];

export function spawnChild(file: URL, args: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(file), args, {
    execArgv: ['--import', import.meta.resolve('tsx'), ...SHORT_PAUSES],
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
