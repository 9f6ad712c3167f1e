// Fills `{{name}}` in a prompt: nonce, index, random_int, words:<n>, and whatever variables the prompt's own line gives.
import type { Random } from './random.ts';
import { syntheticWords } from './synthetic-text.ts';

export interface TemplateInput {
  readonly nonce: string;
  readonly index: number;
  readonly variables: Readonly<Record<string, string | number>>;
  readonly random: Random;
}

export function fillTemplate(template: string, { nonce, index, variables, random }: TemplateInput): string {
  return template.replace(/\{\{\s*([\w-]+)(?::(\d+))?\s*\}\}/g, (whole, name: string, argument?: string) => {
    if (name === 'nonce') return nonce;
    if (name === 'index') return String(index);
    if (name === 'random_int') return String(random.integer(Number(argument ?? 1_000_000)));
    if (name === 'words') return syntheticWords(Number(argument ?? 10), random);
    const value = variables[name];
    return value === undefined ? whole : String(value);
  });
}
