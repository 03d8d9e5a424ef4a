import { DAY, MINUTE } from '../domain/time.ts';
import { databaseConfig, type PostgresConfig, type SqliteConfig } from './database-config.ts';
import type { Env } from './env.ts';
import { nearest } from './nearest.ts';
import { type PackagesConfig, packagesConfig, s3Conflicts } from './s3-config.ts';
import type { Defaulted, Optional, Setting } from './setting.ts';
import { type LogLevel, settings } from './settings.ts';

/** What the process was told to be. Durations are milliseconds, sizes bytes, and a limit of 0 is none. */
export type Config = {
  readonly http: {
    readonly host: string;
    /** 0 takes any free port. */
    readonly port: number;
    /** Without a slash at the end; absent, links use the address that is listened on. */
    readonly publicUrl?: string;
    readonly trustedProxies: readonly string[];
    readonly bodyLimit: number;
    readonly importLimit: number;
    readonly packageLimit: number;
    readonly requestTimeout: number;
    readonly shutdownTimeout: number;
  };
  /** Processes that serve requests. */
  readonly workers: number;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly database: SqliteConfig | PostgresConfig;
  /** Where the bytes of packages are. */
  readonly packages: PackagesConfig;
  /** Base64; without, the key is in the data directory. */
  readonly secrets: { readonly keys?: readonly string[] };
  readonly admin: { readonly email: string; readonly password?: string };
  readonly log: { readonly level: LogLevel };
  readonly limits: { readonly requestsPerMinute: number; readonly loginsPerMinute: number };
  readonly sessions: { readonly ttl: number; readonly lockoutFailures: number; readonly lockoutTime: number };
  readonly metrics: { readonly token?: string };
  /** Where traces go; none are made without. */
  readonly traces: { readonly url?: string };
  /** `allow` lists networks, addresses and host names. */
  /** Milliseconds; 0 keeps all. */
  readonly events: { readonly retention: number };
  readonly push: { readonly allow: readonly string[]; readonly retention: number };
  readonly pulse: { readonly firstPage: 0 | 1; readonly formLimit: number };
  readonly gateways: { readonly commandLease: number };
  readonly thingspace: { readonly sessionIdle: number; readonly httpCallbacks: boolean };
  readonly lwm2m: Lwm2mConfig;
  readonly omaDm: OmaDmConfig;
};

/** Where LwM2M devices are listened to; without any listener there is nothing of it. Durations in milliseconds. */
export type Lwm2mConfig = {
  readonly listeners: Readonly<
    Partial<
      Record<'coap' | 'coaps' | 'coap+tcp' | 'coaps+tcp', { readonly host: string; readonly port: number }>
    >
  >;
  readonly account: string;
  readonly publicHost?: string;
  /** Its host name unless set. */
  readonly machine?: string;
  readonly awakeWindow: number;
  readonly poll: number;
  readonly installTimeout: number;
  readonly pushes: number;
  readonly registrations: number;
  readonly bootstrap: 'off' | 'secure' | 'plain';
};

/** `attempts` 0 sets no limit; without networks, and without a gateway, no trigger goes that way. */
export type OmaDmConfig = {
  readonly basic: 'tls' | 'always' | 'never';
  readonly attempts: number;
  readonly udpNetworks: readonly string[];
  readonly sms?: { readonly url: string; readonly token?: string };
};

/** Settings that cannot be used: every problem at once, and no secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'One setting is wrong' : `${problems.length} settings are wrong`;
    super(`${count} (docs/config.md lists them all):\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads all settings; throws one `ConfigError` with everything that is wrong. */
export const configFromEnv = (env: Env): Config => {
  const reader = settingReader(env);
  const config = compose(reader);
  const problems = [...reader.problems, ...conflicts(config, reader.problems), ...env.unknown.map(misspelt)];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
};

/** How settings are read. */
export type SettingReader = {
  readonly problems: readonly string[];
  /** The value, or the default when there is none or it is wrong; then a problem is noted. */
  readonly value: <T>(setting: Defaulted<T>) => T;
  readonly maybe: <T>(setting: Optional<T>) => T | undefined;
};

const settingReader = (env: Env): SettingReader => {
  const problems: string[] = [];
  const maybe = <T>(setting: Setting<T>): T | undefined => {
    const text = given(env, setting);
    if (text === undefined) return undefined;
    const result = setting.parse(text);
    if (result.ok) return result.value;
    problems.push(problem(setting, result.refusal, text));
    return undefined;
  };
  return { problems, maybe, value: (setting) => maybe(setting) ?? defaultOf(setting) };
};

/** A variable set to nothing counts as not set: that is how compose files and unit files leave one out. */
const given = (env: Env, { name, secret }: Setting<unknown>): string | undefined => {
  const text = env.variables[name];
  if (text === undefined || text.trim() === '') return undefined;
  return secret ? text : text.trim();
};

const problem = ({ name, secret }: Setting<unknown>, expected: string, got: string): string =>
  secret
    ? `${name}: expected ${expected}; what came is not shown because it is secret`
    : `${name}: expected ${expected}, got ${JSON.stringify(got)}`;

const defaultOf = <T>({ name, shownDefault, parse }: Defaulted<T>): T => {
  const result = parse(shownDefault);
  if (!result.ok) throw new Error(`the default of ${name} is not ${result.refusal}`);
  return result.value;
};

const misspelt = (name: string): string => {
  const candidate = nearest(
    name,
    Object.values(settings).map((setting) => setting.name),
  );
  return `${name}: no such setting${candidate === undefined ? '' : `; did you mean ${candidate}?`}`;
};

/** What is wrong between settings that are each right; silent about settings already reported. */
const conflicts = (config: Config, reported: readonly string[]): readonly string[] => [
  ...limitConflicts(config, reported),
  ...workerConflicts(config, reported),
  ...s3Conflicts(config.packages, reported),
];

/** Workers over one SQLite file would take turns at its only writer, and forget what they know with each other's writes. */
const workerConflicts = ({ workers, database }: Config, reported: readonly string[]): readonly string[] =>
  workers === 1 || database.kind === 'postgres' || reported.some((line) => line.startsWith(DATABASE_URL))
    ? []
    : [
        `${settings.workers.name}: expected 1, since SQLite has one writer; ` +
          `${settings.databaseUrl.name} names a PostgreSQL that serves ${workers}`,
      ];

const DATABASE_URL = `${settings.databaseUrl.name}:`;

const limitConflicts = ({ http }: Config, reported: readonly string[]): readonly string[] => {
  const limits = [settings.importLimit.name, settings.bodyLimit.name];
  const doubtful = reported.some((line) => limits.some((name) => line.startsWith(`${name}:`)));
  if (doubtful || http.importLimit >= http.bodyLimit) return [];
  return [
    `${settings.importLimit.name}: expected at least ${settings.bodyLimit.name}, ` +
      `which is ${http.bodyLimit} bytes, got ${http.importLimit} bytes`,
  ];
};

const compose = ({ value, maybe }: SettingReader): Config => {
  const dataDirectory = value(settings.data);
  const password = maybe(settings.adminPassword);
  const keys = maybe(settings.secretsKey);
  const token = maybe(settings.metricsToken);
  const otlpUrl = maybe(settings.otlpUrl);
  return {
    http: http({ value, maybe }),
    workers: value(settings.workers),
    dataDirectory,
    database: databaseConfig({ value, maybe }, dataDirectory),
    packages: packagesConfig({ value, maybe }),
    secrets: { ...(keys !== undefined && { keys }) },
    admin: { email: value(settings.adminEmail), ...(password !== undefined && { password }) },
    log: { level: value(settings.logLevel) },
    limits: {
      requestsPerMinute: value(settings.rateLimit),
      loginsPerMinute: value(settings.loginRateLimit),
    },
    sessions: {
      ttl: value(settings.sessionTtl),
      lockoutFailures: value(settings.lockoutFailures),
      lockoutTime: value(settings.lockoutTime),
    },
    metrics: { ...(token !== undefined && { token }) },
    traces: { ...(otlpUrl !== undefined && { url: otlpUrl }) },
    events: { retention: value(settings.eventRetention) * DAY },
    push: { allow: maybe(settings.pushAllow) ?? [], retention: value(settings.deliveryRetention) },
    pulse: {
      firstPage: value(settings.pulseFirstPage) === 0 ? 0 : 1,
      formLimit: value(settings.pulseFormLimit),
    },
    gateways: { commandLease: value(settings.commandLease) },
    thingspace: {
      sessionIdle: value(settings.thingspaceSessionMinutes) * MINUTE,
      httpCallbacks: value(settings.thingspaceHttpCallbacks) === 'yes',
    },
    lwm2m: lwm2m({ value, maybe }),
    omaDm: omaDm({ value, maybe }),
  };
};

const omaDm = ({ value, maybe }: Pick<SettingReader, 'value' | 'maybe'>): OmaDmConfig => {
  const [url, token] = [maybe(settings.dmSmsUrl), maybe(settings.dmSmsToken)];
  return {
    basic: value(settings.dmBasic),
    attempts: value(settings.dmAttempts),
    udpNetworks: maybe(settings.dmUdpNetworks) ?? [],
    ...(url !== undefined && { sms: { url, ...(token !== undefined && { token }) } }),
  };
};

const lwm2m = ({ value, maybe }: Pick<SettingReader, 'value' | 'maybe'>): Lwm2mConfig => {
  const publicHost = maybe(settings.lwm2mPublicHost);
  const machine = maybe(settings.lwm2mMachine);
  const [coap, coaps] = [maybe(settings.lwm2mCoap), maybe(settings.lwm2mCoaps)];
  const [tcp, tls] = [maybe(settings.lwm2mCoapTcp), maybe(settings.lwm2mCoapsTcp)];
  return {
    listeners: {
      ...(coap !== undefined && { coap }),
      ...(coaps !== undefined && { coaps }),
      ...(tcp !== undefined && { 'coap+tcp': tcp }),
      ...(tls !== undefined && { 'coaps+tcp': tls }),
    },
    account: value(settings.lwm2mAccount),
    ...(publicHost !== undefined && { publicHost }),
    ...(machine !== undefined && { machine }),
    awakeWindow: value(settings.lwm2mAwakeWindow),
    poll: value(settings.lwm2mPoll),
    installTimeout: value(settings.lwm2mInstallTimeout),
    pushes: value(settings.lwm2mPushes),
    registrations: value(settings.lwm2mRegistrations),
    bootstrap: value(settings.lwm2mBootstrap),
  };
};

const http = ({ value, maybe }: Pick<SettingReader, 'value' | 'maybe'>): Config['http'] => {
  const publicUrl = maybe(settings.publicUrl);
  return {
    host: value(settings.host),
    port: value(settings.port),
    ...(publicUrl !== undefined && { publicUrl }),
    trustedProxies: maybe(settings.trustedProxies) ?? [],
    bodyLimit: value(settings.bodyLimit),
    importLimit: value(settings.importLimit),
    packageLimit: value(settings.packageLimit),
    requestTimeout: value(settings.requestTimeout),
    shutdownTimeout: value(settings.shutdownTimeout),
  };
};
