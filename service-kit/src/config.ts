// One configuration file for all services, environment over file, every problem reported at once with its path.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { defineError } from './tollgate-error.ts';

const errConfigInvalid = defineError('TG_CONFIG_INVALID', 500);

/** The sections a configuration file may have; each service reads its own and `upstreams`, `budgets` where it needs them. */
export const CONFIG_SECTIONS = [
  'upstreams',
  'sidecar',
  'collector',
  'inference',
  'budgets',
  'telemetry',
  'log',
] as const;
export type ConfigSection = (typeof CONFIG_SECTIONS)[number];

export interface LoadConfigOptions<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** The sections that this service's schema covers. */
  readonly sections: readonly ConfigSection[];
  /** Path of the YAML file; undefined means defaults and environment alone. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Environment variable to path in the configuration: `{ SIDECAR_PORT: 'sidecar.port' }`. Empty values count as absent. */
  readonly envPaths: Readonly<Record<string, string>>;
}

/** Parses the configuration. Throws TG_CONFIG_INVALID naming every wrong setting by its path (and variable) together. */
export function loadConfig<Schema extends z.ZodType>(options: LoadConfigOptions<Schema>): z.output<Schema> {
  const document = options.file === undefined ? {} : readDocument(options.file);
  const unknownSections = Object.keys(document).filter(
    (key) => !CONFIG_SECTIONS.some((known) => known === key),
  );
  const input: Record<string, unknown> = {};
  for (const section of options.sections) {
    if (document[section] !== undefined) input[section] = structuredClone(document[section]);
  }
  for (const [variable, path] of Object.entries(options.envPaths)) {
    const value = options.env[variable];
    if (value !== undefined && value !== '') setPath(input, path.split('.'), value);
  }
  const result = options.schema.safeParse(input);
  const problems = [
    ...unknownSections.map((key) => `${key}: unknown section (known: ${CONFIG_SECTIONS.join(', ')})`),
    ...(result.success ? [] : result.error.issues.map((issue) => describeIssue(issue, options.envPaths))),
  ];
  if (!result.success || problems.length > 0) {
    throw errConfigInvalid(
      `the configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
      {
        hint: `mend these in ${options.file ?? 'the environment'}; tollgate.example.yaml shows every setting`,
      },
    );
  }
  return result.data;
}

function readDocument(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw errConfigInvalid(`cannot read the configuration file ${file}`, {
      cause,
      hint: 'check TOLLGATE_CONFIG',
    });
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    // The first line only: what follows quotes the file, and its lines may hold secrets.
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0];
    throw errConfigInvalid(`${file} is not valid YAML: ${reason}`, {
      hint: 'mend that line; tollgate.example.yaml shows the form',
    });
  }
  if (document === null || document === undefined) return {};
  if (!isRecord(document)) {
    throw errConfigInvalid(`${file} must hold a mapping of sections`, {
      hint: 'its top level has sections such as `sidecar:` and `budgets:`; tollgate.example.yaml shows them',
    });
  }
  return document;
}

function describeIssue(issue: z.core.$ZodIssue, envPaths: Readonly<Record<string, string>>): string {
  const path = issue.path.map(String).join('.');
  const variable = Object.entries(envPaths).find(([, target]) => target === path)?.[0];
  return `${path === '' ? '(top level)' : path}: ${issue.message}${variable === undefined ? '' : ` (${variable})`}`;
}

function setPath(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const next = target[head];
  const child: Record<string, unknown> = isRecord(next) ? next : {};
  target[head] = child;
  setPath(child, rest, value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
