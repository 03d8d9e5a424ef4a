import { createClient } from '../../client/muster.ts';
import { CliError } from '../cli-error.ts';
import { configPath, type Profile, readConfig, writeConfig } from '../config-file.ts';
import { readText } from '../input.ts';
import type { Io } from '../io.ts';
import { connect, type GlobalOptions, online, profileOf, serverUrl } from '../online.ts';
import type { Register } from '../program.ts';
import { ask, askHidden } from '../prompt.ts';
import { joined, moment } from '../words.ts';

type Options = GlobalOptions & {
  readonly email?: string;
  readonly passwordStdin?: true;
  readonly tokenStdin?: true;
};

/** `login`, `logout` and `whoami`. */
export const registerLogin: Register = (program, io) => {
  program
    .command('login')
    .description('sign in, and keep the token in the configuration file')
    .option('--email <address>', 'who signs in; asked for in a terminal')
    .option('--password-stdin', 'read the password from standard input (MUSTER_PASSWORD works too)')
    .option('--token-stdin', 'keep the API token that is read from standard input')
    .action(async (_: unknown, command) => signIn(command.optsWithGlobals(), io));
  program
    .command('logout')
    .description('end the session, and forget its token')
    .action(async (_: unknown, command) => {
      const options = command.optsWithGlobals() as GlobalOptions;
      // A token that has ended already is forgotten all the same.
      const ended = await connect(command, io).then(
        ({ client }) =>
          client.signOut({}).then(
            () => true,
            () => false,
          ),
        () => false,
      );
      await forget(options, io);
      io.err(ended ? 'signed out\n' : 'the token was forgotten; it had ended, or is no session\n');
    });
  program
    .command('whoami')
    .description('show who you are, where, and what you may do')
    .action(
      online(io, async ({ client, print, access }) => {
        const session = await client.getSession({});
        await print.one({ url: access.url, ...session }, [
          ['server', ({ url }) => url],
          ['user', ({ user }) => `${user.name} <${user.email}>`],
          ['account', ({ account }) => `${account.id} (${account.name})`],
          ['accounts', ({ accounts }) => joined(accounts.map(({ id }) => id))],
          ['until', ({ expiresAt }) => moment(expiresAt)],
          ['may', ({ permissions }) => permissions.join('\n')],
        ]);
      }),
    );
};

const signIn = async (options: Options, io: Io): Promise<void> => {
  const { name, profile } = await profileOf(options, io);
  const given = options.url ?? io.env.MUSTER_URL ?? profile?.url;
  if (given === undefined) {
    throw new CliError('where is the server?', {
      ending: 'usage',
      next: 'muster login --url https://muster.example.com',
    });
  }
  const url = serverUrl(given);
  // Whoever signs in again stays in the account.
  const before = profile?.url === url ? profile.account : undefined;
  const account = options.account ?? io.env.MUSTER_ACCOUNT ?? before;
  const got = options.tokenStdin ? await tokenFrom(url, account, io) : await sessionFor(url, options, io);
  await keep(name, { url, ...(account !== undefined && { account }), ...got }, io);
  io.err(`signed in to ${url} as profile "${name}"; ${configPath(io.env)} has the token\n`);
  if (isExposed(url)) io.err('warning: the token goes over the network unencrypted; use https\n');
};

type Got = Pick<Profile, 'token' | 'expiresAt'>;

const tokenFrom = async (url: string, account: string | undefined, io: Io): Promise<Got> => {
  const token = (await readText('-', io)).trim();
  if (token === '') throw new CliError('standard input has no token', { ending: 'usage' });
  const client = createClient({ url, token, ...(account !== undefined && { account }) });
  const { expiresAt } = await client.getSession({});
  return { token, ...(expiresAt !== null && { expiresAt }) };
};

const sessionFor = async (url: string, options: Options, io: Io): Promise<Got> => {
  const email = options.email ?? (await ask('E-mail address: ', io));
  const password = await passwordFor(options, io);
  const { token, expiresAt } = await createClient({ url }).signIn({ body: { email, password } });
  return { token, expiresAt };
};

const passwordFor = async ({ passwordStdin }: Options, io: Io): Promise<string> => {
  if (passwordStdin) return (await readText('-', io)).replace(/\r?\n$/, '');
  return io.env.MUSTER_PASSWORD ?? askHidden('Password: ', io);
};

const isExposed = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname);
};

const keep = async (name: string, profile: Profile, { env }: Io): Promise<void> => {
  const config = await readConfig(env);
  const known = Object.hasOwn(config.profiles, config.current);
  await writeConfig(env, {
    current: known ? config.current : name,
    profiles: { ...config.profiles, [name]: profile },
  });
};

const forget = async (options: GlobalOptions, io: Io): Promise<void> => {
  const { name, profile } = await profileOf(options, io);
  if (profile === undefined) return;
  const config = await readConfig(io.env);
  const { token: _, expiresAt: __, ...rest } = profile;
  await writeConfig(io.env, { ...config, profiles: { ...config.profiles, [name]: rest } });
};
