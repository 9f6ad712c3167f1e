// Whether a file is not there: deleted by hand, or taken by another.

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
