// Names an error by what the provider calls it, whatever the shape of its error body.
import { isObject, type JsonObject, stringAt } from './json-value.ts';

/** The most telling code of an error object or body: `context_length_exceeded`, `overloaded_error`, `RESOURCE_EXHAUSTED`. */
export function errorTypeOf(body: JsonObject): string {
  const error = body['error'];
  if (isObject(error)) return codeOf(error) || 'error';
  const named = codeOf(body);
  if (named !== '' && named !== 'error') return named;
  return typeof error === 'string' && error !== '' ? 'error' : '';
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
