// Plain words to make prompts of a wanted length. How many words make a token is measured against the server, see prompt-scale.ts.
import { createRandom, type Random } from './random.ts';

const WORDS =
  'time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education foot boy age policy process music market sense nation plan college interest death experience effect use class control field development role effort rate heart drug show leader light voice wife police mind price report decision son view relation town road arm difference value building action season society tax director position player record paper space ground form event official matter center couple site project activity star table need court oil situation cost industry figure street image phone data picture practice piece land product doctor wall news test love north step baby computer type attention film tree source hair window culture chance brother energy period course summer plant term letter condition choice rule south floor growth evening fall interest'.split(
    ' ',
  );

/** A fixed row of words, twice over, so that a piece of it can begin anywhere. */
const ROW_WORDS = 4096;
/** Prompts are put together from pieces this long: drawing each word would cost more than sending the call. */
const PIECE_WORDS = 16;
const [ROW, STARTS] = rowOfWords();

function rowOfWords(): [string, Int32Array] {
  const random = createRandom(1);
  const once = Array.from({ length: ROW_WORDS }, () => WORDS[random.integer(WORDS.length)] ?? 'time');
  const row = [...once, ...once.slice(0, PIECE_WORDS)];
  const starts = new Int32Array(row.length + 1);
  for (const [index, word] of row.entries()) starts[index + 1] = (starts[index] ?? 0) + word.length + 1;
  return [`${row.join(' ')} `, starts];
}

export function syntheticWords(count: number, random: Random): string {
  let text = '';
  for (let left = count; left > 0; left -= PIECE_WORDS) {
    const from = random.integer(ROW_WORDS);
    text += ROW.slice(STARTS[from], STARTS[from + Math.min(left, PIECE_WORDS)]);
  }
  return text.trimEnd();
}
