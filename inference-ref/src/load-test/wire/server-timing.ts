// The Server-Timing header (W3C): `queue;dur=1.5, prefill;dur=30` becomes milliseconds by name.

export function parseServerTiming(header: string | string[] | undefined): Record<string, number> | null {
  if (header === undefined) return null;
  const phases: Record<string, number> = {};
  for (const metric of (Array.isArray(header) ? header.join(',') : header).split(',')) {
    const [name = '', ...parameters] = metric.split(';').map((part) => part.trim());
    const duration = parameters.find((part) => part.toLowerCase().startsWith('dur='));
    const value = Number(duration?.slice(4).replaceAll('"', ''));
    if (name !== '' && duration !== undefined && Number.isFinite(value)) phases[name.toLowerCase()] = value;
  }
  return Object.keys(phases).length === 0 ? null : phases;
}
