// Reads members of parsed JSON of unknown shape. Wrong types read as absent; nothing here throws.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under `key`, or undefined. */
export function objectAt(value: unknown, key: string): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const member = value[key];
  return isObject(member) ? member : undefined;
}

/** The array under `key`, or an empty one. */
export function arrayAt(value: unknown, key: string): readonly unknown[] {
  if (!isObject(value)) return [];
  const member = value[key];
  return Array.isArray(member) ? member : [];
}

/** The string under `key`, or an empty one. */
export function stringAt(value: unknown, key: string): string {
  if (!isObject(value)) return '';
  const member = value[key];
  return typeof member === 'string' ? member : '';
}

/** The finite number under `key`, or undefined. */
export function numberAt(value: unknown, key: string): number | undefined {
  if (!isObject(value)) return undefined;
  const member = value[key];
  return typeof member === 'number' && Number.isFinite(member) ? member : undefined;
}

/** The count under `key`: a whole number, never negative; 0 where absent. */
export function countAt(value: unknown, key: string): number {
  return Math.max(0, Math.round(numberAt(value, key) ?? 0));
}

/** Parses JSON bytes; undefined where they are none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Parses JSON bytes that must hold an object; undefined where they do not. */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  const value = parseJson(bytes);
  return isObject(value) ? value : undefined;
}
