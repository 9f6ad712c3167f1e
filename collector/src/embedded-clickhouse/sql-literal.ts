// Quotes values and names for SQL text that the server itself composes.

export function quoteString(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}
