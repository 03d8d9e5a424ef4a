import { CliError } from '../cli-error.ts';
import { readConfig, writeConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../online.ts';
import { formatOf, printerOf } from '../output.ts';
import type { Register } from '../program.ts';
import { moment, yesNo } from '../words.ts';

/** `profile`: the servers that the configuration file knows. */
export const registerProfile: Register = (program, io) => {
  const profile = program.command('profile').description('servers that the configuration file knows');
  profile
    .command('list')
    .description('list the profiles, without their tokens')
    .action(async (_: unknown, command) => list(command.optsWithGlobals(), io));
  profile
    .command('use')
    .description('use a profile unless another is named')
    .argument('<name>')
    .action(async (name: string) => {
      const config = await readConfig(io.env);
      insistOn(config.profiles, name);
      await writeConfig(io.env, { ...config, current: name });
    });
  profile
    .command('remove')
    .description('forget a profile with its token')
    .argument('<name>')
    .action(async (name: string) => {
      const config = await readConfig(io.env);
      insistOn(config.profiles, name);
      const { [name]: _, ...profiles } = config.profiles;
      await writeConfig(io.env, { ...config, profiles });
    });
};

const insistOn = (profiles: object, name: string): void => {
  if (Object.hasOwn(profiles, name)) return;
  throw new CliError(`there is no profile "${name}"`, { ending: 'usage', next: 'muster profile list' });
};

const list = async ({ output }: GlobalOptions, io: Io): Promise<void> => {
  const { current, profiles } = await readConfig(io.env);
  const items = Object.entries(profiles).map(([name, { url, account, token, expiresAt }]) => ({
    ...{ name, url, account: account ?? null, current: name === current },
    ...{ signedIn: token !== undefined, expiresAt: expiresAt ?? null },
  }));
  await printerOf(io, formatOf(output)).list(items, [
    ['name', ({ name }) => name],
    ['url', ({ url }) => url],
    ['account', ({ account }) => account ?? '-'],
    ['current', (item) => yesNo(item.current)],
    ['token', ({ signedIn }) => yesNo(signedIn)],
    ['until', ({ expiresAt }) => moment(expiresAt)],
  ]);
};
