// `tollgate audit verify`: recomputes the chain from what the collector or a file gives, and trusts neither.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import { Command, type CommanderError, Option } from 'commander';
import type { ChainProblem } from './audit-chain.ts';
import { type AuditVerdict, checkChain } from './audit-log.ts';
import { type AuditSource, createApiAuditSource, createFileAuditSource } from './audit-source.ts';

export const VERIFY_EXIT_CODES = { sound: 0, broken: 1, usage: 2 } as const;

interface VerifyOptions {
  readonly url: string;
  readonly token?: string;
  readonly dataDir: string;
  readonly file?: string;
  readonly head?: string;
  readonly json?: boolean;
}

const EXPLANATIONS: Readonly<Record<ChainProblem, string>> = {
  altered: 'its content is not what was hashed when it was written',
  unlinked: 'its link is not the hash of the record before it',
  missing: 'it is not there, though later ones are',
  repeated: 'it stands more than once',
  cut_off: 'the log ends before it, though the collector wrote further',
};

export function createAuditCommand(): Command {
  const verify = new Command('verify')
    .description('recompute the hash chain of the audit log and say where it breaks')
    .addOption(
      new Option('--url <url>', 'address of the collector')
        .env('TOLLGATE_COLLECTOR_URL')
        .default('http://127.0.0.1:8080'),
    )
    .addOption(new Option('--token <token>', 'its admin token').env('TOLLGATE_ADMIN_TOKEN'))
    .addOption(
      new Option('--data-dir <dir>', 'where its generated admin token is kept')
        .env('TOLLGATE_DATA_DIR')
        .default('.tollgate'),
    )
    .option('--file <file>', 'read exported records (one JSON object a line) instead of asking the collector')
    .option('--head <hash>', 'a head hash noted earlier: it must be part of the chain')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExit codes: 0 the chain holds, 1 it is broken, 2 wrong usage or nothing to read')
    .exitOverride(exitAsUsage)
    .action(async (options: VerifyOptions) => {
      process.exitCode = await runVerify(options, (line) => console.log(line));
    });
  return new Command('audit').description('the audit log').exitOverride(exitAsUsage).addCommand(verify);
}

/** Resolves to the exit code. Prints lines for people, or one line of JSON. */
export async function runVerify(options: VerifyOptions, print: (line: string) => void): Promise<number> {
  try {
    const source = openSource(options);
    let sawHead = options.head === undefined;
    const expected = await source.head();
    const verdict = await checkChain(
      watched(source, (hash) => {
        sawHead ||= hash === options.head;
      }),
      expected,
    );
    const sound = verdict.broken === undefined && sawHead;
    print(
      options.json === true
        ? JSON.stringify({ ok: sound, head_seen: sawHead, ...verdict })
        : describe(verdict, sawHead),
    );
    return sound ? VERIFY_EXIT_CODES.sound : VERIFY_EXIT_CODES.broken;
  } catch (error) {
    if (!isTollgateError(error)) throw error;
    print(`audit: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
    return VERIFY_EXIT_CODES.usage;
  }
}

function openSource({ file, url, token, dataDir }: VerifyOptions): AuditSource {
  if (file !== undefined) return createFileAuditSource(file);
  return createApiAuditSource(url, token ?? readToken(dataDir));
}

/** Empty when there is none: the collector's refusal then says what to pass. */
function readToken(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

async function* watched(source: AuditSource, onHash: (hash: string) => void) {
  for await (const record of source.records()) {
    onHash(record.record_hash);
    yield record;
  }
}

function describe({ records, headHash, broken }: AuditVerdict, sawHead: boolean): string {
  if (broken !== undefined) {
    return `audit: BROKEN at record ${broken.seq}: ${EXPLANATIONS[broken.problem]} (${records} sound records before it)`;
  }
  if (!sawHead)
    return `audit: BROKEN: the head given is no record of this chain (${records} records, head ${headHash})`;
  return `audit: ok, ${records} records, head ${headHash}`;
}

function exitAsUsage(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : VERIFY_EXIT_CODES.usage);
}
