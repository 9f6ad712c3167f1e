import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLengthDistribution } from './length-distribution.ts';
import { createPromptFileWorkload, readPromptFile } from './prompt-file.ts';
import { createRandom } from './random.ts';
import { createSyntheticWorkload, type SyntheticWorkloadOptions } from './synthetic-workload.ts';
import { parseTrace } from './trace-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-workloads-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('lengths', () => {
  const check = (spec: string, mean: number, deviation: number): void => {
    it(`${spec} has mean ${mean} and deviation ${deviation}`, () => {
      const random = createRandom(3);
      const { draw } = parseLengthDistribution(spec);
      const values = Array.from({ length: 20_000 }, () => draw(random));
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = Math.sqrt(
        values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length,
      );
      expect(Math.abs(average - mean)).toBeLessThan(0.02 * mean + 0.5);
      expect(Math.abs(spread - deviation)).toBeLessThan(0.05 * deviation + 0.5);
    });
  };
  check('128', 128, 0);
  check('uniform:100-200', 150, 100 / Math.sqrt(12));
  check('normal:256,32', 256, 32);
  check('lognormal:256,128', 256, 128);
  it('refuses what it does not know', () => {
    for (const spec of ['', 'normal:5', 'zipf:3,4', 'fixed:0', 'uniform:9-3'])
      expect(() => parseLengthDistribution(spec)).toThrow(/no length/);
  });
});

const synthetic = (changes: Partial<SyntheticWorkloadOptions> = {}) =>
  createSyntheticWorkload({
    inputTokens: parseLengthDistribution('40'),
    outputTokens: parseLengthDistribution('16'),
    sharedPrefix: null,
    runNonce: 'run',
    nonce: true,
    conversations: false,
    scale: { tokensPerWord: 2, overheadTokens: 10 },
    random: createRandom(1),
    ...changes,
  });
const request = (index: number, session: number | null = null, turn = 0) => ({
  index,
  session,
  turn,
  traced: null,
});
const textOf = (prompt: { messages: readonly { content: string }[] }): string =>
  prompt.messages.map(({ content }) => content).join('|');

describe('synthetic prompts', () => {
  it('are as long as the measured scale says and begin with a nonce of their own', () => {
    const workload = synthetic();
    const [first, second] = [textOf(workload.next(request(0))), textOf(workload.next(request(1)))];
    // (40 − 10) tokens ÷ 2 a word, and the nonce.
    expect(first.split(' ')).toHaveLength(16);
    expect(first.split(' ')[0]).not.toBe(second.split(' ')[0]);
  });
  it('share a prefix only when the prefix is the subject', () => {
    const prompts = Array.from({ length: 3 }, (_, index) =>
      synthetic({ sharedPrefix: { tokens: 100, groups: 1 } }).next(request(index)),
    );
    const prefixes = new Set(prompts.map((prompt) => textOf(prompt).split(' ').slice(0, 50).join(' ')));
    expect(prefixes.size).toBe(1);
    expect(prompts[0]?.cacheExpected).toBe(true);
    expect(synthetic().next(request(0)).cacheExpected).toBe(false);
  });
  it('carry a conversation with its answers', () => {
    const workload = synthetic({ conversations: true });
    workload.next(request(0, 7, 0));
    workload.answered(7, 0, 'the answer');
    expect(workload.next(request(1, 7, 1)).messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
    ]);
  });
  it('replay equal blocks of a trace as equal text', () => {
    const traced = (blockIds: number[]) => ({
      ...request(0),
      traced: { atMs: 0, inputTokens: 1500, outputTokens: 9, blockIds },
    });
    const [a, b] = [textOf(synthetic().next(traced([1, 2, 3]))), textOf(synthetic().next(traced([1, 2, 4])))];
    const words = 512 / 2;
    expect(a.split(' ').slice(0, 2 * words)).toEqual(b.split(' ').slice(0, 2 * words));
    expect(a).not.toBe(b);
  });
});

describe('prompts of a file', () => {
  const nextOf = (path: string, index = 0) =>
    createPromptFileWorkload({
      prompts: readPromptFile(path),
      runNonce: 'run',
      nonce: true,
      maxOutputTokens: null,
      random: createRandom(1),
    }).next(request(index));
  it('are filled with variables, and the nonce stands where the template puts it', () => {
    const path = write(
      'own.jsonl',
      '{"prompt":"{{nonce}} Say {{what}} {{words:3}}","what":"hi","max_tokens":7}\n',
    );
    const prompt = nextOf(path);
    expect(textOf(prompt)).toMatch(/^\[run-0\] Say hi \w+ \w+ \w+$/);
    expect(prompt.maxOutputTokens).toBe(7);
  });
  it('get a nonce where the template has none', () => {
    expect(textOf(nextOf(write('own.txt', 'One\n\nTwo\n'), 1))).toBe('[run-1] Two');
  });
  it('are read from ShareGPT, with the answer as the bound of length', () => {
    const path = write(
      'share.json',
      JSON.stringify([
        {
          id: 'x',
          conversations: [
            { from: 'human', value: 'Why?' },
            { from: 'gpt', value: 'Because of that.' },
          ],
        },
      ]),
    );
    const prompt = nextOf(path);
    expect(textOf(prompt)).toBe('[run-0] Why?');
    expect(prompt.maxOutputTokens).toBe(4);
  });
  it('are refused with every wrong line named', () => {
    const path = write('bad.jsonl', '{"prompt":"a"}\nnonsense\n{"neither":1}\n');
    expect(() => readPromptFile(path)).toThrow(/line 2[\s\S]*line 3/);
  });
});

describe('traces', () => {
  it('are read in Mooncake format and as calls of our own ledger, in order of time', () => {
    const lines = [
      '{"timestamp": 2000, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}',
      '{"timestamp": 1000, "input_length": 10, "output_length": 5}',
    ];
    expect(parseTrace(lines, 't').map(({ atMs }) => atMs)).toEqual([1000, 2000]);
    const ledger = parseTrace(
      ['{"started_at":"2026-05-01T12:00:00.5Z","input_tokens":3,"output_tokens":4}'],
      't',
    );
    expect(ledger[0]).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  });
  it('are refused with the wrong lines named', () => {
    expect(() => parseTrace(['{"timestamp":1}', '{'], 't')).toThrow(/line 1[\s\S]*line 2/);
  });
});
