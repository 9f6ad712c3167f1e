// Plain words to make prompts of a wanted length. How many words make a token is measured against the server, see prompt-scale.ts.
import type { Random } from './random.ts';

const WORDS =
  'time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education foot boy age policy process music market sense nation plan college interest death experience effect use class control field development role effort rate heart drug show leader light voice wife police mind price report decision son view relation town road arm difference value building action season society tax director position player record paper space ground form event official matter center couple site project activity star table need court oil situation cost industry figure street image phone data picture practice piece land product doctor wall news test love north step baby computer type attention film tree source hair window culture chance brother energy period course summer plant term letter condition choice rule south floor growth evening fall interest'.split(
    ' ',
  );

export function syntheticWords(count: number, random: Random): string {
  const words: string[] = [];
  for (let index = 0; index < count; index += 1) words.push(WORDS[random.integer(WORDS.length)] ?? 'time');
  return words.join(' ');
}
