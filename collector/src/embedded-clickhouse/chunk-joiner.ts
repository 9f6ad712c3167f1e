// Turns the engine's chunks, each a complete output with its own header, into one output: for formats whose chunks join
// byte by byte once the header of all but the first is cut off.

export interface ChunkJoiner {
  /** The bytes to send for the next chunk. */
  readonly next: (chunk: Uint8Array) => Uint8Array;
  /** An output without rows has a header that no chunk brought. */
  readonly hasHeader: boolean;
}

type FindHeaderEnd = (chunk: Uint8Array) => number;

const PLAIN_FORMAT =
  /^(?:JSONEachRow|JSONLines|NDJSON|JSONStringsEachRow|JSONCompactEachRow|JSONCompactStringsEachRow|CSV|TSV|TSVRaw|TabSeparated|TabSeparatedRaw|RowBinary|TSKV)$/i;
const LINE_HEADER =
  /^(?:TSV|TabSeparated|JSONCompactEachRow|JSONCompactStringsEachRow)WithNames(AndTypes)?$/i;
const CSV_HEADER = /^CSVWithNames(AndTypes)?$/i;
const BINARY_HEADER = /^RowBinaryWithNames(AndTypes)?$/i;

/** Undefined when the format's chunks cannot be joined: the answer must then be made whole. */
export function createChunkJoiner(format: string): ChunkJoiner | undefined {
  if (PLAIN_FORMAT.test(format)) return { next: (chunk) => chunk, hasHeader: false };
  const findHeaderEnd = headerFinder(format);
  if (findHeaderEnd === undefined) return undefined;
  let first = true;
  return {
    next: (chunk) => {
      if (!first) return chunk.subarray(findHeaderEnd(chunk));
      first = false;
      return chunk;
    },
    hasHeader: true,
  };
}

function headerFinder(format: string): FindHeaderEnd | undefined {
  const lines = LINE_HEADER.exec(format);
  if (lines !== null) return (chunk) => lineEnds(chunk, lines[1] === undefined ? 1 : 2, false);
  const csv = CSV_HEADER.exec(format);
  if (csv !== null) return (chunk) => lineEnds(chunk, csv[1] === undefined ? 1 : 2, true);
  const binary = BINARY_HEADER.exec(format);
  if (binary !== null) return (chunk) => binaryHeaderEnd(chunk, binary[1] === undefined ? 1 : 2);
  return undefined;
}

/** The offset behind the n-th line; in CSV a line break inside quotes ends no line. */
function lineEnds(chunk: Uint8Array, lines: number, quoted: boolean): number {
  let inQuotes = false;
  let found = 0;
  for (const [index, byte] of chunk.entries()) {
    if (quoted && byte === 0x22) inQuotes = !inQuotes;
    else if (byte === 0x0a && !inQuotes) {
      found += 1;
      if (found === lines) return index + 1;
    }
  }
  return chunk.length;
}

/** A count, then that many names, then (with types) that many types, each with its length in front. */
function binaryHeaderEnd(chunk: Uint8Array, lists: number): number {
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = chunk[position] ?? 0;
      position += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const columns = readVarint();
  for (let index = 0; index < columns * lists; index += 1) {
    const textBytes = readVarint();
    position += textBytes;
  }
  return position;
}
