// The process that makes the load: it does nothing else, so that what it measures is not its own doing.
import { readFileSync } from 'node:fs';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import { createRunClock } from '../measure/run-clock.ts';
import { loadTokenCounter } from '../workload/token-counter.ts';
import { createLoadEngine } from './load-engine.ts';
import { raisePriority } from './raise-priority.ts';
import { createRecordPacker } from './record-batch.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

/** Finished calls are handed over in batches: one message a call would cost the loop more than the call. */
const FLUSH_MS = 500;

const [index = '0', count = '1'] = process.argv.slice(2);
const engine = createLoadEngine({
  share: { index: Number(index), count: Number(count) },
  loadTokenizer: loadTokenCounter,
});
const packer = createRecordPacker();
let onGo: ((originNs: bigint) => void) | undefined;

const send = (message: FromWorker): void => {
  process.send?.(message);
};
const flush = (): void => {
  const batch = packer.take();
  if (batch !== null) send({ type: 'records', batch });
};

async function run(message: Extract<ToWorker, { type: 'run' }>): Promise<void> {
  const timer = setInterval(flush, FLUSH_MS);
  try {
    const result = await engine.run(message.plan, {
      onRecord: packer.add,
      start: async () => {
        const going = new Promise<bigint>((resolve) => {
          onGo = resolve;
        });
        send({ type: 'armed' });
        const originNs = await going;
        return { clock: createRunClock(originNs), originNs };
      },
    });
    flush();
    send({ type: 'done', result });
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    send({ type: 'failed', message: words, hint: isTollgateError(error) ? error.hint : undefined });
  } finally {
    clearInterval(timer);
  }
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'run') void run(message);
  else if (message.type === 'go') onGo?.(message.originNs);
  else engine.stop();
});
process.once('disconnect', () => process.exit(0));

send({ type: 'ready', priority: raisePriority(), openFilesLimit: readOpenFilesLimit() });

function readOpenFilesLimit(): number | null {
  if (process.platform !== 'linux') return null;
  const limit = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? null : Number(limit);
}
