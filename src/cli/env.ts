/** Variables of the command line alone; a server would not know them. */
const names = [
  'MUSTER_URL',
  'MUSTER_TOKEN',
  'MUSTER_ACCOUNT',
  'MUSTER_PROFILE',
  'MUSTER_CONFIG',
  'MUSTER_PASSWORD',
] as const;

/** What the command line reads from the environment. */
export type CliEnv = Readonly<Record<(typeof names)[number], string | undefined>> & {
  readonly configHome: string | undefined;
  readonly home: string | undefined;
  /** Whether colours are wanted: see no-color.org. */
  readonly colours: boolean;
  /** For servers that a command starts: everything but what is of the command line alone. */
  readonly forServer: Readonly<Record<string, string | undefined>>;
};

const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** The only code of the command line that reads the environment. */
export const readCliEnv = (env: NodeJS.ProcessEnv = process.env): CliEnv => ({
  MUSTER_URL: filled(env['MUSTER_URL']),
  MUSTER_TOKEN: filled(env['MUSTER_TOKEN']),
  MUSTER_ACCOUNT: filled(env['MUSTER_ACCOUNT']),
  MUSTER_PROFILE: filled(env['MUSTER_PROFILE']),
  MUSTER_CONFIG: filled(env['MUSTER_CONFIG']),
  MUSTER_PASSWORD: filled(env['MUSTER_PASSWORD']),
  configHome: filled(env['XDG_CONFIG_HOME']),
  home: filled(env['HOME']) ?? filled(env['USERPROFILE']),
  colours: filled(env['NO_COLOR']) === undefined && env['TERM'] !== 'dumb',
  forServer: Object.fromEntries(
    Object.entries(env).filter(([name]) => !(names as readonly string[]).includes(name)),
  ),
});
