// Names an error by what the provider calls it, whatever the shape of its error body.
import { isObject, type JsonObject, stringAt } from './json-value.ts';

/** The most telling code of an error body: `context_length_exceeded`, `overloaded_error`, `RESOURCE_EXHAUSTED`; empty where it has none. */
export function errorTypeOf(body: JsonObject): string {
  const error = body['error'];
  if (isObject(error)) return codeOf(error);
  const named = codeOf(body);
  return named === 'error' ? '' : named;
}

/** The code of an error object itself. */
export function codeOf(error: JsonObject): string {
  return (
    textCode(error['code']) ||
    stringAt(error, 'error_type') ||
    stringAt(error, 'status') ||
    stringAt(error, 'type') ||
    awsType(stringAt(error, '__type'))
  ).slice(0, 128);
}

/** `com.amazon.coral#ThrottlingException:http://…` → `ThrottlingException`. */
export function awsType(type: string): string {
  return (type.split('#').at(-1) ?? '').split(':')[0] ?? '';
}

function textCode(code: unknown): string {
  return typeof code === 'string' && !/^\d*$/.test(code) ? code : '';
}
