import { describe, expect, it } from 'vitest';
import { createContentScanner, PATTERN_NAMES } from './content-scanner.ts';

const scanner = createContentScanner({ key: 'test-key', enabledPatterns: ['ip_address'] });

function check(text: string, expected: readonly string[]): void {
  expect(scanner.scanAnswer(text).map((finding) => finding.pattern)).toEqual(expected);
}

/** Assembled so that no scanner of repositories takes these for keys. */
const fake = (...parts: string[]) => parts.join('');
const random = 'aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3cE5gI7k';
const jwtHead = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
const jwtBody = Buffer.from('{"sub":"1234567890"}').toString('base64url');

describe('what is found', () => {
  it.each([
    ['a card number', 'pay with 4111 1111 1111 1111 please', ['credit_card']],
    ['a card without separators', 'card=5555555555554444.', ['credit_card']],
    ['a card in groups of 4-6-5', '3782-822463-10005', ['credit_card']],
    ['an SSN', 'my number is 536-22-8726', ['us_ssn']],
    ['an SSN with spaces behind its name', 'Social Security number: 536 22 8726', ['us_ssn']],
    ['an IBAN', 'to DE89 3704 0044 0532 0130 00 today', ['iban']],
    ['an IBAN without spaces', 'GB82WEST12345698765432', ['iban']],
    ['an e-mail address', 'write to Jane.Doe+x@mail.example.co.uk, soon', ['email']],
    ['an international phone number', 'call +49 30 901820 now', ['phone']],
    ['a North American phone number', 'call (415) 555-2671 or 415-555-2672', ['phone', 'phone']],
    ['an IP address, where switched on', 'from 203.0.113.9', ['ip_address']],
    ['an OpenAI key', fake('key sk', '-proj-', random), ['openai_api_key']],
    ['an older OpenAI key', fake('sk', '-', random), ['openai_api_key']],
    ['an Anthropic key', fake('sk', '-ant-api03-', random), ['anthropic_api_key']],
    ['an AWS access key', fake('AKIA', 'IOSFODNN7EXAMPLE'), ['aws_access_key']],
    ['an AWS secret key', fake('aws_secret_access_key = ', random.slice(0, 40)), ['aws_secret_key']],
    ['a GitHub token', fake('gh', 'p_', random.slice(0, 36)), ['github_token']],
    ['a Google key', fake('AI', 'za', random.slice(0, 35)), ['google_api_key']],
    ['a Slack token', fake('xox', 'b-123456789012-', random.slice(0, 24)), ['slack_token']],
    ['a Stripe key', fake('sk', '_live_', random.slice(0, 24)), ['stripe_key']],
    ['a private key', fake('-----BEGIN RSA PRIV', 'ATE KEY-----'), ['private_key']],
    ['a JWT', `Bearer ${jwtHead}.${jwtBody}.${random}`, ['jwt']],
  ])('%s', (_title, text, expected) => check(text, expected));
});

describe('what is left alone', () => {
  it.each([
    ['a ticket number', 'see INC-4111-2222 and INC-536-22-8726'],
    ['an order number', 'order #4111111111111111 and ORD-5555555555554444'],
    ['a number that fails Luhn', '4111 1111 1111 1112'],
    ['a number of no issuer', '9111 1111 1111 1111'],
    ['a card that goes on', '4111 1111 1111 1111-2'],
    ['a number that is no SSN', '666-12-3456 000-12-3456 123-00-4567 900-12-3456'],
    ['nine digits with spaces', '536 22 8726'],
    ['an IBAN with wrong digits', 'DE89 3704 0044 0532 0130 01'],
    ['a date and a time', '2026-01-31 12:00:00.123456'],
    ['a version', 'v1.2.3.4 and 1.2.3.4.5'],
    ['a hash', 'd41d8cd98f00b204e9800998ecf8427e41111111111111111'],
    ['a package name', 'sk-learn-extra-something-long-name'],
    ['a mention', '@someone and user@localhost'],
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
    ['an amount', '1,234,567.89 EUR or 415.555.26'],
  ])('%s', (_title, text) => check(text, []));
});

it('tells position, severity and a digest that ignores separators', () => {
  const text = '4111-1111-1111-1111 or 4111 1111 1111 1111';
  const [first, second] = scanner.scanAnswer(text);
  expect(first).toMatchObject({
    direction: 'response',
    category: 'personal_info',
    severity: 'high',
    action: 'flagged',
    match_start: 0,
    match_length: 19,
  });
  expect(second?.match_start).toBe(23);
  expect(second?.match_digest).toBe(first?.match_digest);
  expect(first?.match_digest).toMatch(/^[0-9a-f]{64}$/);
  const other = createContentScanner({ key: 'another' }).scanAnswer(text)[0];
  expect(other?.match_digest).not.toBe(first?.match_digest);
});

it('reads the texts of a request of any dialect, escapes resolved, encoded media left out', () => {
  const body = Buffer.from(
    JSON.stringify({
      model: 'a@b.example',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'I am "jane@example.com"\nok' }] },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'x@y.example' } }] },
      ],
    }),
  );
  expect(scanner.scanRequest('openai.chat_completions', body)).toMatchObject([
    { pattern: 'email', direction: 'request', match_start: 6, match_length: 16 },
  ]);
  expect(scanner.scanRequest('unknown', body)).toEqual([]);
});

it('can have patterns switched off', () => {
  const quiet = createContentScanner({ key: 'k', disabledPatterns: ['email'] });
  expect(quiet.scanAnswer('jane@example.com 4111 1111 1111 1111')).toHaveLength(1);
  expect(PATTERN_NAMES).toContain('email');
});

it('looks at a bounded part of a text', () => {
  const short = createContentScanner({ key: 'k', maxTextBytes: 100 });
  expect(short.scanAnswer(`${'x'.repeat(100)} jane@example.com`)).toEqual([]);
});

it.each([
  ['digits', '4'.repeat(1 << 20)],
  ['digits and spaces', '4 '.repeat(1 << 19)],
  ['digits and dashes', '4-1'.repeat(350_000)],
  ['at signs', '@'.repeat(1 << 20)],
  ['addresses without end', 'a@a.'.repeat(1 << 18)],
  ['letters before an at sign', `${'a'.repeat(1 << 20)}@`],
  ['key heads', 'sk-'.repeat(350_000)],
  ['token heads', 'eyJ'.repeat(350_000)],
  ['token parts', `.eyJ${'a'.repeat(60)}`.repeat(16_000)],
  ['IBAN heads', 'DE89 '.repeat(200_000)],
  ['dots', '1.'.repeat(1 << 19)],
  ['phone heads', '+1 (2'.repeat(200_000)],
  ['PEM heads', '-----BEGIN AAA '.repeat(70_000)],
  ['secret heads', 'aws_secret_key='.repeat(70_000)],
])('takes time linear to a hostile megabyte: %s', (_title, text) => {
  const large = createContentScanner({ key: 'k', maxTextBytes: 1 << 21, enabledPatterns: ['ip_address'] });
  const startedMs = performance.now();
  large.scanAnswer(text);
  expect(performance.now() - startedMs).toBeLessThan(1500);
});
