// Patterns of keys and secrets by the prefixes that their issuers chose, with boundaries and bounded lengths.
import { matchesOf, NO_MATCHES, type Pattern } from './pattern.ts';

/** Keys are random: letters alone are a word. */
const isMixed = (match: string): boolean => /\d/.test(match) && /[A-Za-z]/.test(match.slice(3));

function secret(name: string, find: Pattern['find'], severity: Pattern['severity'] = 'critical'): Pattern {
  return { name, category: 'secret', severity, find };
}

/** Runs the expression only where a cheap search finds a part of its prefix: one that seldom begins in plain text. */
function holding(part: string, expression: RegExp, accept?: (match: string) => boolean): Pattern['find'] {
  const find = matchesOf(expression, accept);
  return (text) => (text.includes(part) ? find(text) : NO_MATCHES);
}

const findAwsKeyIds = matchesOf(/(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g);
const findAwsSecrets = matchesOf(
  /(?<=aws_?secret_?(?:access_?)?key["' ]{0,3}[:=]{1,2}[>"' ]{0,3})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
);

function isTokenHead(match: string): boolean {
  const head = match.slice(0, match.indexOf('.'));
  return Buffer.from(head, 'base64url').toString('latin1').includes('"alg"');
}

export const secretPatterns: readonly Pattern[] = [
  secret('anthropic_api_key', holding('-ant-', /(?<![\w-])sk-ant-[\w-]{20,200}/g, isMixed)),
  secret('openrouter_api_key', holding('-or-v', /(?<![\w-])sk-or-v\d-[0-9a-f]{32,128}(?![\w-])/g)),
  secret(
    'openai_api_key',
    holding(
      'k-',
      /(?<![\w-])sk-(?!ant-|or-)(?:(?:proj|svcacct|admin|None)-[\w-]{20,220}|[A-Za-z0-9]{20,100}(?![\w-]))/g,
      isMixed,
    ),
  ),
  secret('aws_access_key', (text) => (/A[KSBC][IC]A/.test(text) ? findAwsKeyIds(text) : NO_MATCHES)),
  secret('aws_secret_key', (text) => (/aws_?secret/i.test(text) ? findAwsSecrets(text) : NO_MATCHES)),
  secret('github_token', holding('gh', /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}(?!\w)/g)),
  secret('github_token', holding('github_pat_', /(?<!\w)github_pat_\w{40,255}/g)),
  secret('google_api_key', holding('AIza', /(?<![\w-])AIza[\w-]{35}(?![\w-])/g)),
  secret('slack_token', holding('xox', /(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,200}/g, isMixed)),
  secret('slack_token', holding('xapp-', /(?<![\w-])xapp-\d-[A-Za-z0-9-]{20,200}/g)),
  secret('stripe_key', holding('_live_', /(?<!\w)(?:sk|rk)_live_[A-Za-z0-9]{16,128}(?!\w)/g)),
  secret('stripe_key', holding('_test_', /(?<!\w)(?:sk|rk)_test_[A-Za-z0-9]{16,128}(?!\w)/g), 'medium'),
  secret('huggingface_token', holding('f_', /(?<!\w)hf_[A-Za-z0-9]{30,64}(?!\w)/g)),
  secret(
    'private_key',
    holding('PRIVATE KEY', /-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g),
  ),
  secret(
    'jwt',
    holding('yJ', /(?<![\w-])eyJ[\w-]{8,2048}\.eyJ[\w-]{8,4096}\.[\w-]{16,1024}(?![\w-])/g, isTokenHead),
    'high',
  ),
];
