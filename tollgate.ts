// The command line: one table of sub-commands, each loaded only when it is asked for.
import { isTollgateError, systemErrorHint } from '@tollgate/service-kit/tollgate-error';
import { Command } from 'commander';
import { createServiceCommand } from './start/service-command.ts';

interface SubCommand {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

const SUB_COMMANDS: readonly SubCommand[] = [
  {
    name: 'up',
    description: 'start the collector, the sidecar and the reference server, and watch over them',
    load: async () => (await import('./start.ts')).createUpCommand(),
  },
  {
    name: 'sidecar',
    description: 'run the metering proxy alone',
    load: async () => createServiceCommand('sidecar'),
  },
  {
    name: 'collector',
    description: 'run the ledger alone: ingest, query API, dashboard',
    load: async () => createServiceCommand('collector'),
  },
  {
    name: 'infer',
    description: 'run the reference inference server, or build a model for it',
    load: async () => (await import('@tollgate/inference-ref/infer-command')).createInferCommand(),
  },
  {
    name: 'loadtest',
    description: 'measure an endpoint and judge it against objectives',
    load: async () =>
      (await import('@tollgate/inference-ref/load-test/loadtest-command')).createLoadtestCommand(),
  },
  {
    name: 'audit',
    description: 'verify the chain of the audit log',
    load: async () => (await import('@tollgate/collector/audit/verify-command')).createAuditCommand(),
  },
];

const program = new Command('tollgate')
  .description('Observability and cost governance for LLM traffic')
  .version('0.1.0')
  .showHelpAfterError()
  // A flag belongs to the command that it stands behind.
  .enablePositionalOptions()
  .addHelpText('after', '\nEvery command has --help. Start with: npx tollgate up');

const requested = process.argv[2];
for (const { name, description, load } of SUB_COMMANDS) {
  program.addCommand(requested === name ? await load() : new Command(name).description(description));
}
try {
  await program.parseAsync();
} catch (error) {
  const hint = isTollgateError(error) ? error.hint : systemErrorHint(error);
  if (!(error instanceof Error) || (!isTollgateError(error) && hint === undefined)) throw error;
  process.stderr.write(`tollgate: ${error.message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  process.exit(isTollgateError(error) && error.code === 'TG_CONFIG_INVALID' ? 2 : 1);
}
