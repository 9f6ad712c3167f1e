// A worker's half of the talk with its parent: takes connections over, reports when asked, hears of the GPUs.
import type { Socket } from 'node:net';
import { systemClock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { RunningService } from '@tollgate/service-kit/run-service';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createGpuContext } from '../gpu/gpu-context.ts';
import { startDataPath } from '../start-data-path.ts';
import { stopTimeoutMs } from '../stop-timeout.ts';
import type { FromWorker, ToWorker, WorkerReport } from './worker-messages.ts';

const clock = systemClock;

export async function startWorker(log: Logger): Promise<RunningService> {
  const { slot, config } = await startOrder();
  log.level = config.logLevel;
  log.setBindings({ worker: slot });
  const gpus = createGpuContext({ clock, intervalMs: config.sidecar.gpu.intervalMs });
  const processMetrics = new Registry();
  collectDefaultMetrics({ register: processMetrics, labels: { worker: String(slot) } });
  const dataPath = await startDataPath({
    config,
    clock,
    log,
    gpus: config.sidecar.gpu.enabled ? gpus : null,
  });

  const report = async (): Promise<WorkerReport> => ({
    families: dataPath.metrics(),
    processMetrics: await processMetrics.getMetricsAsJSON(),
    degraded: dataPath.degraded(),
  });

  const receive = (message: ToWorker, socket: Socket | undefined): void => {
    if (message.kind === 'connection') {
      // Said before a byte is read: should this process die now, nobody else may take the connection for untouched.
      tell({ kind: 'taken', id: message.id });
      if (socket !== undefined) takeOver(socket, dataPath.accept);
    } else if (message.kind === 'report') {
      report().then(
        (found) => tell({ kind: 'report', id: message.id, report: found }),
        (exception: unknown) => log.error({ exception }, 'worker.report_failed'),
      );
    } else if (message.kind === 'gpu_load') gpus.tell(message.load);
    else if (message.kind === 'gpu_samples') {
      for (const sample of message.samples) dataPath.recorder.record({ kind: 'gpu_sample', ...sample });
    }
  };
  process.on('message', (message, socket) => receive(message as ToWorker, socket as Socket | undefined));
  return { ready: { worker: String(slot) }, stop: dataPath.stop, stopTimeoutMs: stopTimeoutMs(config) };
}

/** A socket that comes by message is not half-open, as those of a listening HTTP server are. */
function takeOver(socket: Socket, accept: (socket: Socket) => void): void {
  socket.allowHalfOpen = true;
  accept(socket);
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

function startOrder(): Promise<Extract<ToWorker, { kind: 'start' }>> {
  return new Promise((resolve) => {
    process.once('message', (message) => {
      const order = message as ToWorker;
      if (order.kind === 'start') resolve(order);
    });
  });
}
