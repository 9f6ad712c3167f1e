// Who a call belongs to, read from our request headers. A bad value is cut or left out and named, never refused:
// metering must not break a client.
import { ATTRIBUTION_HEADERS } from '@tollgate/contract';
import { cutLabel, MAX_LABEL_LENGTH } from './label.ts';

export interface Attribution {
  readonly team: string;
  readonly user: string;
  readonly app: string;
  readonly session: string;
  readonly environment: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Headers whose value was cut or partly left out. */
  readonly problems: readonly string[];
}

const MAX_TAGS = 32;
const MAX_TAG_KEY_LENGTH = 64;
const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});
const CONTROL = /\p{Cc}/u;

type HeaderValues = Readonly<Record<string, string | string[] | undefined>>;

export function readAttribution(headers: HeaderValues): Attribution {
  const problems: string[] = [];
  const rawTags = headers[ATTRIBUTION_HEADERS.tags];
  return {
    team: readHeader(headers, ATTRIBUTION_HEADERS.team, problems),
    user: readHeader(headers, ATTRIBUTION_HEADERS.user, problems),
    app: readHeader(headers, ATTRIBUTION_HEADERS.app, problems),
    session: readHeader(headers, ATTRIBUTION_HEADERS.session, problems),
    environment: readHeader(headers, ATTRIBUTION_HEADERS.environment, problems),
    tags: rawTags === undefined ? NO_TAGS : readTags(String(rawTags), problems),
    problems,
  };
}

function readHeader(headers: HeaderValues, name: string, problems: string[]): string {
  const raw = headers[name];
  if (raw === undefined || raw === '') return '';
  const { text, clean } = readLabel(typeof raw === 'string' ? raw : raw.join(','));
  if (!clean) problems.push(name);
  return text;
}

/** `k=v,k2=v2`. The first value of a key stands; what has no key, or comes after the 32nd tag, is left out. */
function readTags(raw: string, problems: string[]): Record<string, string> {
  const tags: Record<string, string> = {};
  let count = 0;
  let clean = true;
  for (const pair of raw.split(',')) {
    const separator = pair.indexOf('=');
    const key = readLabel(separator < 0 ? pair : pair.slice(0, separator));
    const value = readLabel(separator < 0 ? '' : pair.slice(separator + 1));
    const usable = separator > 0 && key.text !== '' && key.text.length <= MAX_TAG_KEY_LENGTH;
    clean &&= (usable && key.clean && value.clean) || pair.trim() === '';
    if (!usable || Object.hasOwn(tags, key.text)) continue;
    if (count === MAX_TAGS) {
      clean = false;
      break;
    }
    tags[key.text] = value.text;
    count += 1;
  }
  if (!clean) problems.push(ATTRIBUTION_HEADERS.tags);
  return tags;
}

/** HTTP hands bytes over as Latin-1; names beyond ASCII are sent as UTF-8 by every common client. */
function readLabel(raw: string): { text: string; clean: boolean } {
  let text = raw.trim();
  let clean = true;
  if (!isAscii(text)) {
    const decoded = Buffer.from(text, 'latin1').toString('utf8');
    if (!decoded.includes('\u{FFFD}')) text = decoded;
  }
  if (CONTROL.test(text)) {
    text = text.replace(/\p{Cc}/gu, '');
    clean = false;
  }
  if (text.length > MAX_LABEL_LENGTH) {
    text = cutLabel(text);
    clean = false;
  }
  return { text, clean };
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7e) return false;
  }
  return true;
}
