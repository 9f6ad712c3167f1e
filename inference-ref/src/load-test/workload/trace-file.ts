// Recorded traffic to replay: JSONL with a timestamp and lengths a line, Mooncake's format (timestamp in ms, input_length,
// output_length, hash_ids), or calls as our own query API answers them. Sorted by time; wrong lines reported together.
import { readFileSync } from 'node:fs';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import type { TracedCall } from '../shapes/shape.ts';

const errTrace = defineError('TG_LOADTEST_TRACE', 400);

const tokens = z.number().nonnegative();
const MooncakeLine = z
  .object({
    timestamp: z.number(),
    input_length: tokens,
    output_length: tokens,
    hash_ids: z.array(z.number()).default([]),
  })
  .transform(
    (line): TracedCall => ({
      atMs: line.timestamp,
      inputTokens: line.input_length,
      outputTokens: line.output_length,
      blockIds: line.hash_ids,
    }),
  );
const LedgerLine = z
  .object({ started_at: z.string(), input_tokens: tokens, output_tokens: tokens })
  .transform(
    (line): TracedCall => ({
      atMs: Date.parse(line.started_at),
      inputTokens: line.input_tokens,
      outputTokens: line.output_tokens,
      blockIds: [],
    }),
  );
const TraceLine = z.union([MooncakeLine, LedgerLine]);

/** Throws TG_LOADTEST_TRACE. */
export function readTraceFile(path: string): TracedCall[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw errTrace(`cannot read the trace ${path}`, { cause, hint: 'check the path given with --trace' });
  }
  return parseTrace(
    text.split(/\r?\n/).filter((line) => line.trim() !== ''),
    path,
  );
}

export function parseTrace(lines: readonly string[], name: string): TracedCall[] {
  const problems: string[] = [];
  const calls = lines.flatMap((line, index) => {
    const parsed = TraceLine.safeParse(parseJson(line));
    if (parsed.success && Number.isFinite(parsed.data.atMs)) return [parsed.data];
    problems.push(
      `line ${index + 1}: needs timestamp (ms), input_length and output_length, or started_at, input_tokens and output_tokens`,
    );
    return [];
  });
  if (problems.length > 0)
    throw errTrace(`${name} has ${problems.length} wrong line(s):\n  ${problems.slice(0, 10).join('\n  ')}`);
  if (calls.length === 0) throw errTrace(`${name} holds no call`);
  return calls.sort((a, b) => a.atMs - b.atMs);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
