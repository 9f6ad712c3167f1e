// What the generation loop needs from a model: rows of a cache that tokens are fed to, and logits back. Implemented on
// onnxruntime and, in tests, by arithmetic.

export interface DecoderLimits {
  readonly vocabSize: number;
  readonly contextTokens: number;
  readonly kvBytesPerToken: number;
}

export interface DecoderUse {
  readonly rows: number;
  readonly capacityTokens: number;
  readonly copiedBytes: number;
}

export interface Decoder {
  readonly limits: DecoderLimits;
  readonly use: DecoderUse;
  /** Makes room for rows of given lengths, the tokens about to be fed included; keeps `kept[row]` tokens of each row. */
  fit(wantedLengths: readonly number[], kept: readonly number[]): void;
  /** Feeds tokens to one row after `start` tokens; answers the logits of the last `logitCount` of them, in order. */
  prefill(feed: PrefillFeed): Promise<Float32Array>;
  /** Feeds one token to each of the rows 0 … n−1, which hold `lengths[row]` tokens; answers n × vocabSize logits. */
  decode(tokens: Int32Array, lengths: Int32Array): Promise<Float32Array>;
  /** The mean of the last hidden states over a text, outside of any row. Null where the graph has no such output. */
  embed(tokens: Int32Array): Promise<Float32Array | null>;
  moveRow(from: number, to: number, length: number): void;
  /** Copies positions out of a row. */
  readBlock(row: number, start: number, end: number): Promise<CacheBlock>;
  release(): Promise<void>;
}

/** Keys and values of consecutive positions, kept outside of any row of the decoder that they were read from. */
export interface CacheBlock {
  readonly tokens: number;
  readonly bytes: number;
  /** Puts them behind the first `start` positions of a row. */
  writeTo(row: number, start: number): Promise<void>;
  /** Nobody will ask for it again. */
  release(): void;
}

export interface PrefillFeed {
  readonly row: number;
  readonly start: number;
  readonly tokens: Int32Array;
  /** 0 where more of the prompt follows. */
  readonly logitCount: number;
}
