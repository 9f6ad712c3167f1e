// What the sidecar says of its own telemetry: seen, kept, dropped, shipped; and of the GPUs beside it.
import { type GpuSample, LLM_METRICS, TOLLGATE_METRICS } from '@tollgate/contract';
import { EVENT_KINDS } from './event-kinds.ts';
import { type MetricRegistry, setTo } from './metric-registry.ts';
import type { Telemetry } from './telemetry.ts';

export function registerTelemetryMetrics(
  registry: MetricRegistry,
  telemetry: Telemetry,
  spoolLimitBytes: number,
): void {
  const { recorder, queue, drops, shipper } = telemetry;
  const counter = (name: string, help: string, labels: readonly string[] = []) =>
    registry.counter({ name, help, labels });
  const gauge = (name: string, help: string, labels: readonly string[] = []) =>
    registry.gauge({ name, help, labels });
  const seen = counter(TOLLGATE_METRICS.callsSeen, 'Calls given a sequence number since start').series();
  const dropped = counter(TOLLGATE_METRICS.eventsDropped, 'Events given up for good', ['kind', 'reason']);
  const spooled = gauge(TOLLGATE_METRICS.eventsSpooled, 'Events kept and not yet acknowledged', ['kind']);
  const bytes = gauge(TOLLGATE_METRICS.spoolBytes, 'What is kept, on disk and in memory').series();
  const limit = gauge(TOLLGATE_METRICS.spoolLimitBytes, 'What may be kept on disk').series();
  const shipments = counter(TOLLGATE_METRICS.shipments, 'Attempts to ship a segment, by result', ['result']);
  registry.beforeSnapshot(() => {
    setTo(seen, recorder.callsSeen());
    for (const { kind, reason, count } of drops.entries()) setTo(dropped.series(kind, reason), count);
    for (const kind of EVENT_KINDS) setTo(spooled.series(kind), queue.pending()[kind] ?? 0);
    setTo(bytes, queue.bytes('disk') + queue.bytes('memory'));
    setTo(limit, spoolLimitBytes);
    for (const result of ['stored', 'poison', 'failed'] as const) {
      setTo(shipments.series(result), shipper.results[result]);
    }
  });
}

export interface GpuReader {
  readonly isUp: () => boolean;
  readonly latest: () => readonly GpuSample[];
}

export function registerGpuMetrics(registry: MetricRegistry, gpus: GpuReader): void {
  const labels = ['device'];
  const up = registry
    .gauge({ name: TOLLGATE_METRICS.gpuReadersUp, help: '1 while GPUs are sampled by NVML' })
    .series();
  const utilization = registry.gauge({
    name: LLM_METRICS.gpuUtilization,
    help: 'GPU utilisation in per cent',
    labels,
  });
  const memory = registry.gauge({ name: LLM_METRICS.gpuMemoryUsageBytes, help: 'GPU memory in use', labels });
  const power = registry.gauge({ name: TOLLGATE_METRICS.gpuPowerWatts, help: 'Power draw', labels });
  const temperature = registry.gauge({
    name: TOLLGATE_METRICS.gpuTemperatureCelsius,
    help: 'Temperature',
    labels,
  });
  registry.beforeSnapshot(() => {
    const isUp = gpus.isUp();
    setTo(up, isUp ? 1 : 0);
    for (const sample of isUp ? gpus.latest() : []) {
      const device = sample.mig_uuid || String(sample.gpu_index);
      const set = (metric: typeof utilization, value: number | null): void => {
        if (value !== null) setTo(metric.series(device), value);
      };
      set(utilization, sample.utilization_pct);
      set(memory, sample.memory_used_bytes);
      set(power, sample.power_watts);
      set(temperature, sample.temperature_celsius);
    }
  });
}
