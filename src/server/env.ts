/** Prefix of variables that only the tests read; a server that inherits them ignores them. */
const TEST_PREFIX = 'MUSTER_TEST_';

/** The settings as they came, unread. `unknown` lists the `MUSTER_*` names that are no setting. */
export type Env = ReturnType<typeof readEnv>;
export type VariableName = keyof Env['variables'];

/** The only code that reads the environment. */
export const readEnv = (env: NodeJS.ProcessEnv = process.env) => {
  const variables = {
    MUSTER_HOST: env['MUSTER_HOST'],
    MUSTER_PORT: env['MUSTER_PORT'],
    MUSTER_DATA: env['MUSTER_DATA'],
    MUSTER_PUBLIC_URL: env['MUSTER_PUBLIC_URL'],
    MUSTER_DATABASE_URL: env['MUSTER_DATABASE_URL'],
    MUSTER_DATABASE_POOL: env['MUSTER_DATABASE_POOL'],
    MUSTER_SECRETS_KEY: env['MUSTER_SECRETS_KEY'],
    MUSTER_ADMIN_EMAIL: env['MUSTER_ADMIN_EMAIL'],
    MUSTER_ADMIN_PASSWORD: env['MUSTER_ADMIN_PASSWORD'],
    MUSTER_LOG_LEVEL: env['MUSTER_LOG_LEVEL'],
    MUSTER_TRUSTED_PROXIES: env['MUSTER_TRUSTED_PROXIES'],
    MUSTER_BODY_LIMIT: env['MUSTER_BODY_LIMIT'],
    MUSTER_IMPORT_LIMIT: env['MUSTER_IMPORT_LIMIT'],
    MUSTER_PACKAGE_LIMIT: env['MUSTER_PACKAGE_LIMIT'],
    MUSTER_RATE_LIMIT: env['MUSTER_RATE_LIMIT'],
    MUSTER_LOGIN_RATE_LIMIT: env['MUSTER_LOGIN_RATE_LIMIT'],
    MUSTER_REQUEST_TIMEOUT: env['MUSTER_REQUEST_TIMEOUT'],
    MUSTER_SHUTDOWN_TIMEOUT: env['MUSTER_SHUTDOWN_TIMEOUT'],
    MUSTER_SESSION_TTL: env['MUSTER_SESSION_TTL'],
    MUSTER_LOCKOUT_FAILURES: env['MUSTER_LOCKOUT_FAILURES'],
    MUSTER_LOCKOUT_TIME: env['MUSTER_LOCKOUT_TIME'],
    MUSTER_METRICS_TOKEN: env['MUSTER_METRICS_TOKEN'],
    MUSTER_OTLP_URL: env['MUSTER_OTLP_URL'],
    MUSTER_PUSH_ALLOW: env['MUSTER_PUSH_ALLOW'],
    MUSTER_EVENT_RETENTION: env['MUSTER_EVENT_RETENTION'],
    MUSTER_DELIVERY_RETENTION: env['MUSTER_DELIVERY_RETENTION'],
    MUSTER_PULSE_FIRST_PAGE: env['MUSTER_PULSE_FIRST_PAGE'],
    MUSTER_PULSE_FORM_LIMIT: env['MUSTER_PULSE_FORM_LIMIT'],
    MUSTER_COMMAND_LEASE: env['MUSTER_COMMAND_LEASE'],
    MUSTER_THINGSPACE_SESSION_MINUTES: env['MUSTER_THINGSPACE_SESSION_MINUTES'],
    MUSTER_THINGSPACE_HTTP_CALLBACKS: env['MUSTER_THINGSPACE_HTTP_CALLBACKS'],
  };
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('MUSTER_') && !name.startsWith(TEST_PREFIX) && !(name in variables),
  );
  return { variables, unknown };
};
