// Patterns of keys and secrets by the prefixes that their issuers chose, with boundaries and bounded lengths.
import { matchesOf, type Pattern } from './pattern.ts';

/** Keys are random: letters alone are a word. */
const isMixed = (match: string): boolean => /\d/.test(match) && /[A-Za-z]/.test(match.slice(3));

function secret(name: string, find: Pattern['find'], severity: Pattern['severity'] = 'critical'): Pattern {
  return { name, category: 'secret', severity, find };
}

/** Runs the expression only where a cheap search finds its prefix. */
function prefixed(prefix: string, expression: RegExp, accept?: (match: string) => boolean): Pattern['find'] {
  const find = matchesOf(expression, accept);
  return (text) => (text.includes(prefix) ? find(text) : []);
}

function isTokenHead(match: string): boolean {
  const head = match.slice(0, match.indexOf('.'));
  return Buffer.from(head, 'base64url').toString('latin1').includes('"alg"');
}

export const secretPatterns: readonly Pattern[] = [
  secret('anthropic_api_key', prefixed('sk-ant-', /(?<![\w-])sk-ant-[\w-]{20,200}/g, isMixed)),
  secret('openrouter_api_key', prefixed('sk-or-', /(?<![\w-])sk-or-v\d-[0-9a-f]{32,128}(?![\w-])/g)),
  secret(
    'openai_api_key',
    prefixed(
      'sk-',
      /(?<![\w-])sk-(?!ant-|or-)(?:(?:proj|svcacct|admin|None)-[\w-]{20,220}|[A-Za-z0-9]{20,100}(?![\w-]))/g,
      isMixed,
    ),
  ),
  secret('aws_access_key', matchesOf(/(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g)),
  secret(
    'aws_secret_key',
    matchesOf(
      /(?<=aws_?secret_?(?:access_?)?key["' ]{0,3}[:=]{1,2}[>"' ]{0,3})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
    ),
  ),
  secret('github_token', prefixed('gh', /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}(?!\w)/g)),
  secret('github_token', prefixed('github_pat_', /(?<!\w)github_pat_\w{40,255}/g)),
  secret('google_api_key', prefixed('AIza', /(?<![\w-])AIza[\w-]{35}(?![\w-])/g)),
  secret('slack_token', prefixed('xox', /(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,200}/g, isMixed)),
  secret('slack_token', prefixed('xapp-', /(?<![\w-])xapp-\d-[A-Za-z0-9-]{20,200}/g)),
  secret('stripe_key', prefixed('_live_', /(?<!\w)(?:sk|rk)_live_[A-Za-z0-9]{16,128}(?!\w)/g)),
  secret('stripe_key', prefixed('_test_', /(?<!\w)(?:sk|rk)_test_[A-Za-z0-9]{16,128}(?!\w)/g), 'medium'),
  secret('huggingface_token', prefixed('hf_', /(?<!\w)hf_[A-Za-z0-9]{30,64}(?!\w)/g)),
  secret(
    'private_key',
    prefixed('PRIVATE KEY', /-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g),
  ),
  secret(
    'jwt',
    prefixed('eyJ', /(?<![\w-])eyJ[\w-]{8,2048}\.eyJ[\w-]{8,4096}\.[\w-]{16,1024}(?![\w-])/g, isTokenHead),
    'high',
  ),
];
