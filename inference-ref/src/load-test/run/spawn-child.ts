// Starts a TypeScript file of the harness as a child process with IPC. The child dies with its parent's channel.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function spawnChild(
  file: URL,
  args: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): ChildProcess {
  return fork(fileURLToPath(file), args, {
    execArgv: ['--import', import.meta.resolve('tsx'), ...nodeOptions],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
