// Finished calls on their way from a worker to the coordinator: packed one by one as they finish, so that no flush holds the loop
// up, and unpacked when the run is over, so that the coordinator does not compete with the load for a core.
import { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import type { CallRecord } from '../measure/call-record.ts';

/** What live progress needs of a batch. */
export interface BatchSummary {
  readonly calls: number;
  readonly errors: number;
  readonly outputTokens: number;
  /** Of the calls without an error. */
  readonly ttftMs: Float64Array;
}

export interface RecordBatch {
  readonly bytes: Buffer;
  readonly summary: BatchSummary;
}

export interface RecordPacker {
  readonly add: (record: CallRecord) => void;
  /** What was added since the last time; null when nothing was. */
  readonly take: () => RecordBatch | null;
}

export function createRecordPacker(): RecordPacker {
  let serializer = startedSerializer();
  let calls = 0;
  let errors = 0;
  let outputTokens = 0;
  let ttftMs: number[] = [];
  return {
    add: (record) => {
      serializer.writeValue(record);
      calls += 1;
      if (record.error === null) {
        outputTokens += record.outputTokens;
        ttftMs.push((record.eventMs[0] ?? Number.NaN) - record.sentMs);
      } else errors += 1;
    },
    take: () => {
      if (calls === 0) return null;
      const summary = { calls, errors, outputTokens, ttftMs: Float64Array.from(ttftMs) };
      const bytes = serializer.releaseBuffer();
      serializer = startedSerializer();
      calls = 0;
      errors = 0;
      outputTokens = 0;
      ttftMs = [];
      return { bytes, summary };
    },
  };
}

function startedSerializer(): DefaultSerializer {
  const serializer = new DefaultSerializer();
  serializer.writeHeader();
  return serializer;
}

export function unpackRecords({ bytes, summary }: RecordBatch): CallRecord[] {
  const deserializer = new DefaultDeserializer(bytes);
  deserializer.readHeader();
  return Array.from({ length: summary.calls }, () => deserializer.readValue() as CallRecord);
}
