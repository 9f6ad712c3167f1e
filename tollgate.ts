// The command line: mounts each part's command. No logic of its own.
import { Command } from 'commander';

const program = new Command('tollgate').description('test');
await program.parseAsync();
