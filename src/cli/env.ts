/** What the command line reads from the environment. */
export type CliEnv = ReturnType<typeof readCliEnv>;

/** The only code of the command line that reads the environment. */
export const readCliEnv = (env: NodeJS.ProcessEnv = process.env) => ({
  MUSTER_URL: env['MUSTER_URL'],
  MUSTER_TOKEN: env['MUSTER_TOKEN'],
  MUSTER_ACCOUNT: env['MUSTER_ACCOUNT'],
  MUSTER_PROFILE: env['MUSTER_PROFILE'],
  MUSTER_CONFIG: env['MUSTER_CONFIG'],
  MUSTER_PASSWORD: env['MUSTER_PASSWORD'],
  XDG_CONFIG_HOME: env['XDG_CONFIG_HOME'],
  HOME: env['HOME'] ?? env['USERPROFILE'],
  NO_COLOR: env['NO_COLOR'],
  TERM: env['TERM'],
  /** For programs that a command starts. */
  all: env,
});
