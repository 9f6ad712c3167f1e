// The bytes behind every token of a tokenizer.json, for the two alphabets that decoders use: GPT-2's printable bytes and
// SentencePiece's pieces with byte fallback. Special tokens have no bytes: they are never shown.

import { z } from 'zod';
import { bytesOfToken, type TokenBytes } from '../engine/token-text.ts';
import type { TokenTextOf } from '../serve/logprob-fields.ts';
import { errModelInvalid } from './model-directory.ts';

const tokenizerSchema = z.object({
  added_tokens: z
    .array(z.object({ id: z.number().int(), content: z.string(), special: z.boolean() }))
    .default([]),
  decoder: z.unknown(),
  model: z.object({
    vocab: z.union([z.record(z.string(), z.number()), z.array(z.tuple([z.string(), z.number()]))]),
  }),
});

export function readTokenBytes(tokenizerJson: unknown): TokenBytes {
  const parsed = tokenizerSchema.safeParse(tokenizerJson);
  if (!parsed.success) throw errModelInvalid(`tokenizer.json: ${z.prettifyError(parsed.error)}`);
  const { model, added_tokens: added, decoder } = parsed.data;
  const isByteLevel = JSON.stringify(decoder ?? null).includes('"ByteLevel"');
  const toBytes = isByteLevel ? byteLevelBytes : pieceBytes;
  const table: Uint8Array[] = [];
  const vocab = Array.isArray(model.vocab)
    ? model.vocab.map(([piece], id) => [piece, id] as const)
    : Object.entries(model.vocab);
  for (const [piece, id] of vocab) table[id] = toBytes(piece);
  for (const { id, content, special } of added) {
    table[id] = special ? new Uint8Array(0) : new TextEncoder().encode(content);
  }
  const longestSpecial = Math.max(1, ...added.map(({ content }) => Buffer.byteLength(content)));
  return packed(table, longestSpecial);
}

/** What special tokens are called, by their ids. */
export type SpecialTokens = ReadonlyMap<number, string>;

export function readSpecialTokens(tokenizerJson: unknown): SpecialTokens {
  const added = tokenizerSchema.shape.added_tokens.parse(
    (tokenizerJson as { added_tokens?: unknown }).added_tokens,
  );
  return new Map(added.flatMap(({ id, content, special }) => (special ? [[id, content] as const] : [])));
}

export function createTokenTextOf(tokenBytes: TokenBytes, specialTokens: SpecialTokens): TokenTextOf {
  const decoder = new TextDecoder();
  return (tokenId) => {
    const bytes = bytesOfToken(tokenBytes, tokenId);
    return { text: specialTokens.get(tokenId) ?? decoder.decode(bytes), bytes };
  };
}

function packed(table: readonly (Uint8Array | undefined)[], longestSpecial: number): TokenBytes {
  let longestBytes = longestSpecial;
  for (const token of table) longestBytes = Math.max(longestBytes, token?.length ?? 0);
  const offsets = new Uint32Array(table.length + 1);
  for (let id = 0; id < table.length; id++)
    offsets[id + 1] = (offsets[id] as number) + (table[id]?.length ?? 0);
  const bytes = new Uint8Array(offsets[table.length] ?? 0);
  table.forEach((token, id) => {
    if (token !== undefined) bytes.set(token, offsets[id]);
  });
  return { bytes, offsets, longestBytes };
}

/** SentencePiece: `▁` is a space, `<0x0A>` one byte. */
function pieceBytes(piece: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(piece);
  if (byte !== null) return Uint8Array.of(Number.parseInt(byte[1] as string, 16));
  return new TextEncoder().encode(piece.replaceAll('\u2581', ' '));
}

const byteOfCharacter = byteAlphabet();

function byteLevelBytes(piece: string): Uint8Array {
  const bytes = Array.from(piece, (character) => byteOfCharacter.get(character));
  if (bytes.every((byte) => byte !== undefined)) return Uint8Array.from(bytes);
  return new TextEncoder().encode(piece);
}

/** GPT-2 shows printable Latin-1 bytes as themselves and the others, in order, as the characters from U+0100 on. */
function byteAlphabet(): Map<string, number> {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const alphabet = new Map<string, number>();
  let spare = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    alphabet.set(String.fromCodePoint(isPrintable(byte) ? byte : spare), byte);
    if (!isPrintable(byte)) spare += 1;
  }
  return alphabet;
}
