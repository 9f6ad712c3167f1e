// `tollgate loadtest`: the options of the command line, the outputs, the exit code. Measures nothing itself.
import { systemClock } from '@tollgate/service-kit/clock';
import { isTollgateError, type TollgateError } from '@tollgate/service-kit/tollgate-error';
import { Command } from 'commander';
import { checkCollector } from './report/check-collector.ts';
import { createLiveProgress } from './report/live-progress.ts';
import { formatReport } from './report/terminal-table.ts';
import { writeOutputs } from './report/write-outputs.ts';
import { executeLoadtest } from './run/execute-loadtest.ts';
import { addLoadtestFlags, EXAMPLES } from './run/loadtest-flags.ts';
import { parseLoadtestOptions } from './run/parse-loadtest-options.ts';
import { createTimingServerCommand } from './timing-server/timing-server-command.ts';
import { EXIT_CODES } from './verdict/exit-codes.ts';

export function createLoadtestCommand(): Command {
  const command = new Command('loadtest')
    .description('measure an endpoint by first principles and judge it against objectives')
    .addHelpText('after', EXAMPLES)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_CODES.USAGE))
    .action(async (raw: unknown) => {
      process.exitCode = await runLoadtest(raw);
    });
  addLoadtestFlags(command);
  command.addCommand(createTimingServerCommand());
  return command;
}

async function runLoadtest(raw: unknown): Promise<number> {
  const abort = new AbortController();
  const onSignal = (): void => {
    abort.abort();
    process.stderr.write('\ninterrupted: the calls in flight are waited for; a second signal ends at once\n');
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const options = parseLoadtestOptions(raw);
    const { collector, token } = options;
    if (collector !== undefined && token !== undefined) await checkCollector({ collector, token });
    const progress = createLiveProgress({
      write: (text) => process.stderr.write(text),
      interactive: process.stderr.isTTY === true,
      nowMs: () => performance.now(),
    });
    const outcome = await executeLoadtest(options, { progress, clock: systemClock, signal: abort.signal });
    process.stdout.write(formatReport(outcome.report));
    await writeOutputs(options, outcome, {
      print: (text) => process.stdout.write(text),
      warn: (text) => process.stderr.write(text),
    });
    return EXIT_CODES[outcome.report.verdict];
  } catch (error) {
    if (!isTollgateError(error)) throw error;
    const hint = error.hint === undefined ? '' : `\n${error.hint}`;
    process.stderr.write(`${error.message}${hint}\n`);
    return exitCodeOf(error);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function exitCodeOf({ code, statusCode }: TollgateError): number {
  if (code === 'TG_LOADTEST_INTERRUPTED') return EXIT_CODES.INTERRUPTED;
  return statusCode === 400 ? EXIT_CODES.USAGE : EXIT_CODES.INVALID;
}
