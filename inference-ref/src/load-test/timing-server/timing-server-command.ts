// `tollgate loadtest timing-server`: the server of known timing, to try the harness against.
import { Command } from 'commander';
import { EXIT_CODES } from '../verdict/exit-codes.ts';
import { spawnTimingServer } from './spawn-timing-server.ts';
import { TimingProfile } from './timing-profile.ts';

export function createTimingServerCommand(): Command {
  return new Command('timing-server')
    .description('serve chat completions with known timing (--set ttftMs=100 --set gapMs=20 …)')
    .option('--port <n>', 'port; 0 takes a free one', '0')
    .option('--set <key=value>', `a setting: ${Object.keys(TimingProfile.shape).join(', ')}`, collect, [])
    .action(async (options: { port: string; set: string[] }, command: Command) => {
      const settings = Object.fromEntries(options.set.map(parseSetting));
      const parsed = TimingProfile.strict().safeParse(settings);
      if (!parsed.success) {
        const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
        command.error(problems.join('\n'), { exitCode: EXIT_CODES.USAGE });
        return;
      }
      const server = await spawnTimingServer({
        profile: parsed.data,
        port: Number(options.port),
      });
      process.stdout.write(`timing server on ${server.url}\n`);
      const stop = (): void => {
        void server.close().then(() => process.exit(0));
      };
      process.once('SIGINT', stop);
      process.once('SIGTERM', stop);
    });
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

function parseSetting(text: string): [string, unknown] {
  const [key = '', value = ''] = text.split('=');
  if (value === 'true' || value === 'false') return [key, value === 'true'];
  return [key, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value];
}
