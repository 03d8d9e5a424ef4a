import type { Command } from 'commander';
import { type Client, createClient } from '../client/muster.ts';
import { CliError } from './cli-error.ts';
import { type Profile, readConfig } from './config-file.ts';
import type { Io } from './io.ts';
import { type Format, formatOf, type Printer, printerOf } from './output.ts';

/** The options that every command takes. */
export type GlobalOptions = {
  readonly profile?: string;
  readonly url?: string;
  readonly account?: string;
  readonly output: string;
};

/** Where the server is and how to get in, from options, environment and profile, in this order. */
export type Access = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token?: string;
  readonly account?: string;
};

/** What a command has that talks to a server. */
export type Online = {
  readonly client: Client;
  readonly access: Access;
  readonly io: Io;
  readonly format: Format;
  readonly print: Printer;
};

/** The name of the profile that is meant, and what is known of it. */
export const profileOf = async (
  options: GlobalOptions,
  io: Pick<Io, 'env'>,
): Promise<{ readonly name: string; readonly profile: Profile | undefined }> => {
  const config = await readConfig(io.env);
  const asked = options.profile ?? io.env.MUSTER_PROFILE;
  const name = asked ?? config.current;
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  return { name, profile };
};

const missingProfile = (name: string): CliError =>
  new CliError(`there is no profile "${name}"`, {
    ending: 'not-signed-in',
    next: `muster login --profile ${name} --url https://muster.example.com`,
  });

/** A URL without a slash at its end; refuses what is none. */
export const serverUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new CliError(`"${text}" is not the URL of a server`, {
      ending: 'usage',
      next: '--url https://muster.example.com',
    });
  }
  return text.replace(/\/+$/, '');
};

/** A token is shown only to the server that it came from. */
const tokenFor = (url: string, profile: Profile | undefined): string | undefined =>
  profile?.token !== undefined && serverUrl(profile.url) === url ? profile.token : undefined;

/** Finds out where to go; refuses where no server is known. */
const accessOf = async (options: GlobalOptions, io: Pick<Io, 'env'>): Promise<Access> => {
  const { name, profile } = await profileOf(options, io);
  const given = options.url ?? io.env.MUSTER_URL;
  if (profile === undefined && (options.profile ?? io.env.MUSTER_PROFILE) !== undefined)
    throw missingProfile(name);
  const found = given ?? profile?.url;
  if (found === undefined) {
    throw new CliError('no server is known', {
      ending: 'not-signed-in',
      next: 'muster login --url https://muster.example.com',
    });
  }
  const url = serverUrl(found);
  const token = io.env.MUSTER_TOKEN ?? tokenFor(url, profile);
  const account =
    options.account ?? io.env.MUSTER_ACCOUNT ?? (given === undefined ? profile?.account : undefined);
  return { url, ...(token !== undefined && { token }), ...(account !== undefined && { account }) };
};

/** Connects with the options of a command. */
export const connect = async (command: Command, io: Io): Promise<Online> => {
  const options = command.optsWithGlobals<GlobalOptions>();
  const format = formatOf(options.output);
  const access = await accessOf(options, io);
  if (access.token === undefined) {
    throw new CliError(`there is no token for ${access.url}`, {
      ending: 'not-signed-in',
      next: `muster login --url ${access.url}`,
    });
  }
  return {
    client: createClient({ ...access, signal: io.signal }),
    access,
    io,
    format,
    print: printerOf(io, format),
  };
};

/** An action that talks to a server: its arguments and options come after what it is connected with. */
export const online =
  <Args extends readonly unknown[]>(io: Io, act: (on: Online, ...args: Args) => Promise<void>) =>
  async (...given: readonly unknown[]): Promise<void> => {
    // Commander gives arguments, options and the command itself, as they were declared.
    const command = given.at(-1) as Command;
    await act(await connect(command, io), ...(given.slice(0, -1) as unknown as Args));
  };
