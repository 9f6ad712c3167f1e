// Patterns of personal data, each with the checks that keep ticket and order numbers out. Pattern detection, no more.
import { countryLengths } from './iban-lengths.ts';
import { matchesOf, type Pattern, type PatternMatch } from './pattern.ts';

const digitsOf = (match: string): string => match.replace(/\D/g, '');

const email: Pattern = {
  name: 'email',
  category: 'personal_info',
  severity: 'low',
  normalise: (match) => match.toLowerCase(),
  find: (text) => {
    const found: PatternMatch[] = [];
    for (let at = text.indexOf('@'); at >= 0 && found.length < 50; at = text.indexOf('@', at + 1)) {
      const local = /^\w(?:[\w.+%-]{0,62}[\w+-])?$/.exec(text.slice(startOfLocal(text, at), at));
      const domain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}(?![\w@-])/i.exec(
        text.slice(at + 1, at + 256),
      );
      if (local === null || domain === null || local[0].includes('..')) continue;
      found.push({ start: at - local[0].length, end: at + 1 + domain[0].length });
    }
    return found;
  },
};

/** Offset of the first of the characters before `at` that an address may hold; one more than 64 is enough to refuse it. */
function startOfLocal(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < 65 && /[\w.+%-]/.test(text.charAt(start - 1))) start -= 1;
  return start;
}

/** International with a plus, or North American with a valid area and exchange code. */
const phone: Pattern = {
  name: 'phone',
  category: 'personal_info',
  severity: 'low',
  normalise: digitsOf,
  minDigits: 8,
  find: matchesOf(
    /(?<![\w.+/#-])(?:\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}|(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4})(?![\w-]|\.\d)/g,
    (match) => {
      const digits = digitsOf(match).length;
      return digits >= (match.startsWith('+') ? 8 : 10) && digits <= 15;
    },
  ),
};

const SSN_CONTEXT = /\b(?:ssn|social security)\b[^\d]{0,24}$/i;

/** With dashes; with spaces only behind the words that name it. */
const ssn: Pattern = {
  name: 'us_ssn',
  category: 'personal_info',
  severity: 'high',
  normalise: digitsOf,
  minDigits: 9,
  find: matchesOf(
    /(?<![\w./#-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d)/g,
    (match, text, start) => {
      const digits = digitsOf(match);
      if (digits === '078051120' || digits === '219099999' || digits === '123456789') return false;
      return match.includes('-') || SSN_CONTEXT.test(text.slice(Math.max(0, start - 48), start));
    },
  ),
};

const creditCard: Pattern = {
  name: 'credit_card',
  category: 'personal_info',
  severity: 'high',
  normalise: digitsOf,
  minDigits: 13,
  find: matchesOf(/(?<![\w./#+-])\d(?:[ -]?\d){12,18}(?![\w-]|[./]\d)/g, (match) => {
    const digits = digitsOf(match);
    return isGrouped(match) && isIssued(digits) && passesLuhn(digits);
  }),
};

/** One separator throughout, in the groups that cards print. */
function isGrouped(match: string): boolean {
  if (/^\d+$/.test(match)) return true;
  return /^(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{4}([ -])\d{4}\3\d{4}\3\d{4}\3\d{1,3})$/.test(
    match,
  );
}

/** Issuer ranges and their lengths: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay. */
function isIssued(digits: string): boolean {
  const { length } = digits;
  const four = Number(digits.slice(0, 4));
  const two = Math.floor(four / 100);
  if (two >= 40 && two <= 49) return length === 13 || length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if ((four >= 3000 && four <= 3059) || two === 36 || two === 38) return length === 14;
  if (four >= 3528 && four <= 3589) return length >= 16;
  return length >= 16 && (four === 6011 || (four >= 6440 && four <= 6499) || two === 65 || two === 62);
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && !/^(\d)\1+$/.test(digits);
}

const IBAN_HEAD = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}/g;

const iban: Pattern = {
  name: 'iban',
  category: 'personal_info',
  severity: 'medium',
  normalise: (match) => match.replaceAll(' ', ''),
  minDigits: 2,
  find: (text) => {
    const found: PatternMatch[] = [];
    IBAN_HEAD.lastIndex = 0;
    for (let head = IBAN_HEAD.exec(text); head !== null; head = IBAN_HEAD.exec(text)) {
      const length = countryLengths[head[0].slice(0, 2)];
      const end = length === undefined ? -1 : endOfIban(text, head.index, length);
      if (end >= 0 && passesMod97(text.slice(head.index, end).replaceAll(' ', ''))) {
        found.push({ start: head.index, end });
      }
      if (found.length === 50) break;
    }
    return found;
  },
};

/** Offset after `length` characters, single spaces left out; -1 where there are fewer, or more follow. */
function endOfIban(text: string, start: number, length: number): number {
  let count = 0;
  let at = start;
  while (count < length) {
    const character = text.charAt(at);
    if (/^[A-Z0-9]$/.test(character)) count += 1;
    else if (character !== ' ' || text.charAt(at - 1) === ' ') return -1;
    at += 1;
  }
  return /^[A-Za-z0-9]/.test(text.slice(at, at + 1)) ? -1 : at;
}

/** ISO 13616: the rearranged number modulo 97 is 1. */
function passesMod97(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Off unless asked for: version numbers look alike. */
const ipAddress: Pattern = {
  name: 'ip_address',
  category: 'personal_info',
  severity: 'low',
  enabledByDefault: false,
  minDigits: 4,
  find: matchesOf(/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g, (match) => {
    const parts = match.split('.').map(Number);
    const valid = parts.every((part) => part <= 255) && !/(?:^|\.)0\d/.test(match);
    return valid && parts[0] !== 0 && parts[0] !== 127 && match !== '255.255.255.255';
  }),
};

export const personalPatterns: readonly Pattern[] = [creditCard, ssn, iban, email, phone, ipAddress];
