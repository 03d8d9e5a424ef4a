import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerAccount } from './commands/account.ts';
import { registerAudit } from './commands/audit.ts';
import { registerBackup } from './commands/backup.ts';
import { registerCampaign } from './commands/campaign.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDevice } from './commands/device.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerLogin } from './commands/login.ts';
import { registerMigrate } from './commands/migrate.ts';
import { registerPackage } from './commands/package.ts';
import { registerProfile } from './commands/profile.ts';
import { registerQuery } from './commands/query.ts';
import { registerRestore } from './commands/restore.ts';
import { registerServe } from './commands/serve.ts';
import { registerSimulate } from './commands/simulate.ts';
import { registerToken } from './commands/token.ts';
import { registerUser } from './commands/user.ts';
import { registerWebhook } from './commands/webhook.ts';
import type { Io } from './io.ts';
import { formats } from './output.ts';

/**
 * Adds a command, or a noun with its verbs, to the program. One file for each in `commands`. Its actions throw
 * `CliError` or `ProblemError`, write by `io`, and never end the process themselves; `online` connects them to the
 * server. `--profile`, `--url`, `--account` and `-o, --output` are of the program: no command has others of these names.
 */
export type Register = (program: Command, io: Io) => void;

const registers: readonly Register[] = [
  registerServe,
  registerLogin,
  registerProfile,
  registerAccount,
  registerUser,
  registerToken,
  registerDevice,
  registerPackage,
  registerQuery,
  registerCampaign,
  registerWebhook,
  registerAudit,
  registerBackup,
  registerRestore,
  registerMigrate,
  registerDoctor,
  registerSimulate,
  registerDemo,
  registerCompletion,
];

const versionOf = (): string => {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return version;
};

const newProgram = ({ out, err, terminal }: Io): Command =>
  new Command('muster')
    .description('Over-the-air update campaigns from the command line')
    .version(versionOf(), '-V', 'show the version')
    .option('--profile <name>', 'profile of the configuration file')
    .option('--url <url>', 'where the server is, in place of the profile')
    .option('--account <id>', 'the account to act in')
    .option('-o, --output <format>', formats.join(', '), 'table')
    .configureHelp({ showGlobalOptions: true, helpWidth: terminal.columns, sortSubcommands: false })
    .configureOutput({ writeOut: out, writeErr: err, getOutHelpWidth: () => terminal.columns })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();

/** The whole command tree. It ends no process and writes nothing but by `io`. */
export const createProgram = (io: Io): Command => {
  const program = newProgram(io);
  for (const register of registers) register(program, io);
  return program;
};
