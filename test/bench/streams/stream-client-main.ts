// The clients of the stream benchmark: opens streams gradually, and for each event counts how long it was on its way.
import { connect } from 'node:net';
import { requestBytes } from '../proxy/workload.ts';
import { INTERVAL_PARAMETER, nowMicros, STREAM_END, TIME_DIGITS, TIME_MARK } from './stream-event.ts';

export interface OpenOrder {
  readonly kind: 'open';
  readonly port: number;
  readonly streams: number;
  readonly intervalMs: number;
  readonly perSecond: number;
}
/** `counts` starts the counting anew and answers what was counted until then, as `open-now` does without starting anew. */
export type ClientOrder = OpenOrder | { readonly kind: 'counts' | 'open-now' };

export interface ClientCounts {
  readonly open: number;
  readonly ended: number;
  readonly errors: number;
  readonly events: number;
  /** Milliseconds on the way. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const BUCKET_MICROS = 50;
const BUCKETS = 100_000;

const counts = new Uint32Array(BUCKETS);
let events = 0;
let maxMicros = 0;
let open = 0;
let ended = 0;
let errors = 0;

function openStream(port: number, request: Buffer): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let done = false;
  let tail: Buffer = Buffer.alloc(0);
  open += 1;
  socket.once('connect', () => socket.write(request));
  socket.on('data', (data: Buffer) => {
    const now = nowMicros();
    for (let at = data.indexOf(TIME_MARK); at >= 0; at = data.indexOf(TIME_MARK, at + TIME_DIGITS)) {
      const from = at + TIME_MARK.length;
      if (from + TIME_DIGITS <= data.length) count(now - readDigits(data, from));
    }
    tail = data.length >= STREAM_END.length ? data : Buffer.concat([tail, data]);
    tail = tail.subarray(-STREAM_END.length);
    if (!tail.equals(STREAM_END)) return;
    done = true;
    ended += 1;
    socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    open -= 1;
    if (!done) errors += 1;
  });
}

function readDigits(data: Buffer, from: number): number {
  let value = 0;
  for (let at = from; at < from + TIME_DIGITS; at += 1) value = value * 10 + (data[at] ?? 0) - 0x30;
  return value;
}

function count(micros: number): void {
  const bucket = Math.min(BUCKETS - 1, Math.floor(micros / BUCKET_MICROS));
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  events += 1;
  if (micros > maxMicros) maxMicros = micros;
}

function quantile(q: number): number {
  let left = Math.ceil(q * events);
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    left -= counts[bucket] ?? 0;
    if (left <= 0) return ((bucket + 1) * BUCKET_MICROS) / 1000;
  }
  return Number.NaN;
}

function countsNow(): ClientCounts {
  const quantiles = { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) };
  return { open, ended, errors, events, max: maxMicros / 1000, ...quantiles };
}

function startAnew(): void {
  counts.fill(0);
  events = 0;
  maxMicros = 0;
}

function openAll({ port, streams, intervalMs, perSecond }: OpenOrder): void {
  ended = 0;
  errors = 0;
  const request = requestBytes(`${INTERVAL_PARAMETER}=${intervalMs}`, port);
  const startedAtMs = performance.now();
  let opened = 0;
  const timer = setInterval(() => {
    const due = Math.min(streams, ((performance.now() - startedAtMs) * perSecond) / 1000);
    for (; opened < due; opened += 1) openStream(port, request);
    if (opened >= streams) clearInterval(timer);
  }, 10);
}

process.on('message', (message) => {
  const order = message as ClientOrder;
  if (order.kind === 'open') openAll(order);
  process.send?.(countsNow());
  if (order.kind === 'counts') startAnew();
});
process.send?.({ port: 0 });
