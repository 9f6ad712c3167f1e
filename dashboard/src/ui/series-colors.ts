// One colour a name, the same on every page and after a reload. Told apart under the three common colour-vision deficiencies.

/** Checked in pairs under simulated protanopia, deuteranopia and tritanopia by the test beside this file. */
export const SERIES_COLORS = [
  '#1f55d3',
  '#dc941b',
  '#258b78',
  '#b667ea',
  '#cd4214',
  '#33cdf2',
  '#7b3a7d',
  '#a6d276',
] as const;

/** Everything beyond the largest series. */
export const OTHER_COLOR = '#959eac';

export interface SeriesColors {
  /** Colours for the names of one chart, distinct from each other; names first seen get a free colour. */
  assign(dimension: string, names: readonly string[]): Map<string, string>;
}

export function createSeriesColors(store: {
  read(): string | null;
  write(text: string): void;
}): SeriesColors {
  const slots = new Map<string, number>(readSlots(store.read()));

  function slotOf(dimension: string, name: string): number {
    const key = `${dimension}\n${name}`;
    const known = slots.get(key);
    if (known !== undefined) return known;
    const taken = new Set(
      [...slots].filter(([other]) => other.startsWith(`${dimension}\n`)).map(([, slot]) => slot),
    );
    const slot = nextFree(preferredSlot(name), taken);
    slots.set(key, slot);
    return slot;
  }

  return {
    assign(dimension, names) {
      const known = slots.size;
      const used = new Set<number>();
      const colors = new Map<string, string>();
      for (const name of names) {
        const slot = nextFree(slotOf(dimension, name), used);
        used.add(slot);
        colors.set(name, SERIES_COLORS[slot] ?? OTHER_COLOR);
      }
      if (slots.size !== known) store.write(JSON.stringify([...slots]));
      return colors;
    },
  };
}

function preferredSlot(name: string): number {
  let hash = 2_166_136_261;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return hash % SERIES_COLORS.length;
}

/** The wanted slot, else the next one not taken; the wanted one again when all are. */
function nextFree(wanted: number, taken: ReadonlySet<number>): number {
  for (let step = 0; step < SERIES_COLORS.length; step += 1) {
    const slot = (wanted + step) % SERIES_COLORS.length;
    if (!taken.has(slot)) return slot;
  }
  return wanted;
}

function readSlots(text: string | null): [string, number][] {
  if (text === null) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isSlot) : [];
  } catch {
    return [];
  }
}

function isSlot(entry: unknown): entry is [string, number] {
  return (
    Array.isArray(entry) &&
    typeof entry[0] === 'string' &&
    Number.isInteger(entry[1]) &&
    Number(entry[1]) >= 0 &&
    Number(entry[1]) < SERIES_COLORS.length
  );
}
