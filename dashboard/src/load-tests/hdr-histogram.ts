// Reads the HDR histograms that a report carries (V2, compressed, base64): counts by value, nothing lost, nothing drawn.

/** Values that the histogram holds to be equal, in its own unit. */
export interface HdrCount {
  /** Lowest of the equal values. */
  readonly value: number;
  /** How many integers from `value` on are equal to it. */
  readonly width: number;
  readonly count: number;
}

const COOKIE = 0x1c849303;
const COMPRESSED_COOKIE = 0x1c849304;
/** The second byte from the right tells the word size, which V2 does not use. */
const COOKIE_MASK = ~0xf0;
const OUTER_HEADER_BYTES = 8;
const HEADER_BYTES = 40;
const DIGITS_AT = 12;
const LOWEST_AT = 16;

/** Values in ascending order. Rejects when the text is no such histogram. */
export async function decodeHdrHistogram(base64: string): Promise<HdrCount[]> {
  const outer = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  expectCookie(viewOf(outer), COMPRESSED_COOKIE);
  const inner = await inflate(outer.subarray(OUTER_HEADER_BYTES));
  const view = viewOf(inner);
  expectCookie(view, COOKIE);
  const payloadBytes = view.getInt32(4);
  const toValue = valueOfIndex(view.getInt32(DIGITS_AT), Number(view.getBigInt64(LOWEST_AT)));
  const counts: HdrCount[] = [];
  let index = 0;
  for (const word of zigZagWords(inner.subarray(HEADER_BYTES, HEADER_BYTES + payloadBytes))) {
    if (word > 0) counts.push({ ...toValue(index), count: word });
    index += word < 0 ? -word : 1;
  }
  return counts;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function expectCookie(view: DataView, cookie: number): void {
  if (view.byteLength < OUTER_HEADER_BYTES || (view.getInt32(0) & COOKIE_MASK) !== cookie)
    throw new TypeError('This is no HDR histogram of version 2.');
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** LEB128 of up to nine bytes, zigzag: a positive word is a count, a negative one a run of empty counts. */
function* zigZagWords(bytes: Uint8Array): Generator<number> {
  let word = 0;
  let scale = 1;
  let read = 0;
  for (const byte of bytes) {
    read += 1;
    const isLast = byte < 0x80 || read === 9;
    word += (read === 9 ? byte : byte & 0x7f) * scale;
    scale *= 128;
    if (!isLast) continue;
    yield word % 2 === 0 ? word / 2 : -(word + 1) / 2;
    [word, scale, read] = [0, 1, 0];
  }
}

/** The first buckets count single units; each next half bucket is twice as coarse. */
function valueOfIndex(digits: number, lowest: number): (index: number) => Omit<HdrCount, 'count'> {
  const unit = 2 ** Math.floor(Math.log2(Math.max(1, lowest)));
  const halfCount = 2 ** Math.ceil(Math.log2(2 * 10 ** digits)) / 2;
  return (index) => {
    const bucket = Math.max(0, Math.floor(index / halfCount) - 1);
    const width = unit * 2 ** bucket;
    return { value: (index - bucket * halfCount) * width, width };
  };
}
