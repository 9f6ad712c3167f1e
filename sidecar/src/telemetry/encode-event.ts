// Events as lines of NDJSON. What the contract fills in by default is left out of a call, which halves its line.
import { LlmCall, type TollgateEvent } from '@tollgate/contract';

type CallEvent = Extract<TollgateEvent, { kind: 'llm_call' }>;

interface Field {
  readonly name: keyof LlmCall;
  readonly prefix: string;
  /** The contract's default, where it is a plain value; undefined where there is none. */
  readonly fallback: unknown;
  readonly omitEmpty: boolean;
}

const CALL_FIELDS: readonly Field[] = (Object.keys(LlmCall.shape) as (keyof LlmCall)[]).map((name) => {
  const ofAbsent = LlmCall.shape[name].safeParse(undefined);
  const fallback: unknown = ofAbsent.success ? ofAbsent.data : undefined;
  const omitEmpty = typeof fallback === 'object' && fallback !== null;
  return { name, prefix: `,"${name}":`, fallback: omitEmpty ? undefined : fallback, omitEmpty };
});

/** The line starts with the kind, so that lines can be counted without parsing them. */
export function encodeEvent(event: TollgateEvent): string {
  if (event.kind === 'llm_call') return encodeCall(event);
  const { kind, ...rest } = event;
  return JSON.stringify({ kind, ...rest });
}

function encodeCall(call: CallEvent): string {
  let line = '{"kind":"llm_call"';
  for (const { name, prefix, fallback, omitEmpty } of CALL_FIELDS) {
    const value = call[name];
    if (value === fallback) continue;
    if (typeof value === 'number' || typeof value === 'boolean') {
      line += prefix + value;
    } else if (!(omitEmpty && isEmpty(value))) {
      line += prefix + JSON.stringify(value);
    }
  }
  return `${line}}`;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const _name in value) return false;
  return true;
}
