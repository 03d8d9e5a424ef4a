import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, configFromEnv } from './config.ts';
import { readEnv } from './env.ts';
import { settings } from './settings.ts';

const configOf = (env: Record<string, string>) => configFromEnv(readEnv(env));

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    configOf(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('without any setting', () => {
  it('listens on this machine with data beside it', () => {
    expect(configOf({})).toEqual({
      http: {
        host: '127.0.0.1',
        port: 8080,
        trustedProxies: [],
        bodyLimit: 1_048_576,
        importLimit: 268_435_456,
        packageLimit: 0,
        requestTimeout: 60_000,
        shutdownTimeout: 10_000,
      },
      workers: 1,
      packages: { redirects: [], linkTtl: 900_000 },
      dataDirectory: resolve('data'),
      database: { kind: 'sqlite', file: resolve('data/muster.db') },
      secrets: {},
      admin: { email: 'admin@localhost' },
      log: { level: 'info' },
      limits: { requestsPerMinute: 6000, loginsPerMinute: 20 },
      sessions: { ttl: 43_200_000, lockoutFailures: 5, lockoutTime: 900_000 },
      metrics: {},
      traces: {},
      events: { retention: 0 },
      push: { allow: [], retention: 2_592_000_000 },
      pulse: { firstPage: 0, formLimit: 1_073_741_824 },
      gateways: { commandLease: 600_000 },
      thingspace: { sessionIdle: 1_200_000, httpCallbacks: false },
      lwm2m: {
        ...{ listeners: {}, account: 'DEFAULT', pushes: 2_000, registrations: 100, bootstrap: 'secure' },
        ...{ awakeWindow: 93_000, poll: 60_000, installTimeout: 1_800_000 },
      },
      omaDm: { basic: 'tls', attempts: 10, udpNetworks: [] },
    });
  });

  it('takes an empty variable for one that is not set, and leaves other programs alone', () => {
    expect(configOf({ MUSTER_PORT: '', MUSTER_DATABASE_URL: ' ', PATH: '/bin' })).toEqual(configOf({}));
  });
});

describe('every setting', () => {
  it('has a row of its own for each variable that is read', () => {
    const names = Object.values(settings).map((setting) => setting.name);
    expect(names.toSorted()).toEqual(Object.keys(readEnv({}).variables).toSorted());
  });

  it('accepts the default it shows', () => {
    for (const setting of Object.values(settings)) {
      if (setting.kind === 'optional') continue;
      expect(setting.parse(setting.shownDefault), setting.name).toMatchObject({ ok: true });
    }
  });

  it('arrives where it belongs', () => {
    const config = configOf({
      MUSTER_HOST: '::',
      MUSTER_PORT: '0',
      MUSTER_WORKERS: '3',
      MUSTER_DATA: '/var/lib/muster',
      MUSTER_PUBLIC_URL: 'https://ota.example.com/muster/',
      MUSTER_DATABASE_URL: 'postgresql://muster:pw@db:5432/muster?sslmode=require',
      MUSTER_DATABASE_POOL: '25',
      MUSTER_DATABASE_REPLICA_URL: 'postgres://muster:pw@replica/muster',
      MUSTER_DATABASE_PREPARED: 'no',
      MUSTER_S3_BUCKET: 'firmware',
      MUSTER_S3_PREFIX: 'muster/eu',
      MUSTER_S3_ENDPOINT: 'https://s3.example/',
      MUSTER_S3_REGION: 'eu-central-1',
      MUSTER_S3_ACCESS_KEY: 'AKIA0',
      MUSTER_S3_SECRET_KEY: 'of the bucket',
      MUSTER_S3_PATH_STYLE: 'no',
      MUSTER_S3_REDIRECT: 'ddi, muster',
      MUSTER_S3_LINK_TTL: '1h',
      MUSTER_SECRETS_KEY: `${'A'.repeat(43)}=, ${'B'.repeat(42)}A=`,
      MUSTER_ADMIN_EMAIL: 'ops@example.com',
      MUSTER_ADMIN_PASSWORD: ' spaces are kept ',
      MUSTER_LOG_LEVEL: 'debug',
      MUSTER_TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.7',
      MUSTER_BODY_LIMIT: '10k',
      MUSTER_IMPORT_LIMIT: '2G',
      MUSTER_PACKAGE_LIMIT: '5m',
      MUSTER_RATE_LIMIT: '0',
      MUSTER_LOGIN_RATE_LIMIT: '3',
      MUSTER_REQUEST_TIMEOUT: '2m',
      MUSTER_SHUTDOWN_TIMEOUT: '500ms',
      MUSTER_SESSION_TTL: '720h',
      MUSTER_LOCKOUT_FAILURES: '3',
      MUSTER_LOCKOUT_TIME: '90s',
      MUSTER_METRICS_TOKEN: 'sixteen-letters!',
      MUSTER_OTLP_URL: 'http://127.0.0.1:4318/',
      MUSTER_PUSH_ALLOW: '10.1.0.0/16, ::1,hooks.internal',
      MUSTER_EVENT_RETENTION: '90',
      MUSTER_DELIVERY_RETENTION: '48h',
      MUSTER_PULSE_FIRST_PAGE: '1',
      MUSTER_PULSE_FORM_LIMIT: '20k',
      MUSTER_COMMAND_LEASE: '3m',
      MUSTER_THINGSPACE_SESSION_MINUTES: '90',
      MUSTER_THINGSPACE_HTTP_CALLBACKS: 'yes',
      MUSTER_LWM2M_COAP: '10.0.0.1:5683',
      MUSTER_LWM2M_COAPS: '[::]:5684',
      MUSTER_LWM2M_COAP_TCP: '10.0.0.1:5683',
      MUSTER_LWM2M_COAPS_TCP: 'lwm2m.example:0',
      MUSTER_LWM2M_ACCOUNT: 'field',
      MUSTER_LWM2M_PUBLIC_HOST: 'lwm2m.example',
      MUSTER_LWM2M_MACHINE: 'field-1',
      MUSTER_LWM2M_AWAKE_WINDOW: '20s',
      MUSTER_LWM2M_POLL: '30s',
      MUSTER_LWM2M_INSTALL_TIMEOUT: '2h',
      MUSTER_LWM2M_PUSHES: '10',
      MUSTER_LWM2M_REGISTRATIONS: '5',
      MUSTER_LWM2M_BOOTSTRAP: 'plain',
      MUSTER_DM_BASIC: 'never',
      MUSTER_DM_ATTEMPTS: '3',
      MUSTER_DM_UDP_NETWORKS: '10.0.0.0/8, 192.168.1.1',
      MUSTER_DM_SMS_URL: 'https://sms.example/send?to={number}',
      MUSTER_DM_SMS_TOKEN: 'gateway-token',
    });
    expect(config).toEqual({
      http: {
        host: '::',
        port: 0,
        publicUrl: 'https://ota.example.com/muster',
        trustedProxies: ['10.0.0.0/8', '::1', '192.0.2.7'],
        bodyLimit: 10_240,
        importLimit: 2_147_483_648,
        packageLimit: 5_242_880,
        requestTimeout: 120_000,
        shutdownTimeout: 500,
      },
      workers: 3,
      packages: {
        s3: {
          ...{ bucket: 'firmware', prefix: 'muster/eu/', endpoint: 'https://s3.example' },
          ...{ region: 'eu-central-1', pathStyle: false, accessKey: 'AKIA0', secretKey: 'of the bucket' },
        },
        ...{ redirects: ['muster', 'ddi'], linkTtl: 3_600_000 },
      },
      dataDirectory: '/var/lib/muster',
      database: {
        kind: 'postgres',
        url: 'postgresql://muster:pw@db:5432/muster?sslmode=require',
        pool: 25,
        prepares: false,
        replica: 'postgres://muster:pw@replica/muster',
      },
      secrets: { keys: [`${'A'.repeat(43)}=`, `${'B'.repeat(42)}A=`] },
      admin: { email: 'ops@example.com', password: ' spaces are kept ' },
      log: { level: 'debug' },
      limits: { requestsPerMinute: 0, loginsPerMinute: 3 },
      sessions: { ttl: 2_592_000_000, lockoutFailures: 3, lockoutTime: 90_000 },
      metrics: { token: 'sixteen-letters!' },
      traces: { url: 'http://127.0.0.1:4318' },
      events: { retention: 7_776_000_000 },
      push: { allow: ['10.1.0.0/16', '::1', 'hooks.internal'], retention: 172_800_000 },
      pulse: { firstPage: 1, formLimit: 20_480 },
      gateways: { commandLease: 180_000 },
      thingspace: { sessionIdle: 5_400_000, httpCallbacks: true },
      omaDm: {
        ...{ basic: 'never', attempts: 3, udpNetworks: ['10.0.0.0/8', '192.168.1.1'] },
        sms: { url: 'https://sms.example/send?to={number}', token: 'gateway-token' },
      },
      lwm2m: {
        listeners: {
          coap: { host: '10.0.0.1', port: 5683 },
          coaps: { host: '::', port: 5684 },
          'coap+tcp': { host: '10.0.0.1', port: 5683 },
          'coaps+tcp': { host: 'lwm2m.example', port: 0 },
        },
        ...{ account: 'field', publicHost: 'lwm2m.example', machine: 'field-1' },
        ...{ pushes: 10, registrations: 5, bootstrap: 'plain' },
        ...{ awakeWindow: 20_000, poll: 30_000, installTimeout: 7_200_000 },
      },
    });
  });
});

describe('a wrong value', () => {
  it.each([
    ['MUSTER_HOST', 'localhost:8080'],
    ['MUSTER_HOST', '[::1]'],
    ['MUSTER_PORT', '65536'],
    ['MUSTER_PORT', '-1'],
    ['MUSTER_PORT', '80a'],
    ['MUSTER_PORT', '8e3'],
    ['MUSTER_PUBLIC_URL', 'ota.example.com'],
    ['MUSTER_PUBLIC_URL', 'ftp://ota.example.com'],
    ['MUSTER_PUBLIC_URL', 'https://me:pw@ota.example.com'],
    ['MUSTER_PUBLIC_URL', 'https://ota.example.com/?a=b'],
    ['MUSTER_DATABASE_POOL', '0'],
    ['MUSTER_DATABASE_PREPARED', 'maybe'],
    ['MUSTER_ADMIN_EMAIL', 'admin'],
    ['MUSTER_LOG_LEVEL', 'INFO'],
    ['MUSTER_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['MUSTER_TRUSTED_PROXIES', '10.0.0.1,proxy.example.com'],
    ['MUSTER_BODY_LIMIT', '10kb'],
    ['MUSTER_BODY_LIMIT', '0'],
    ['MUSTER_PACKAGE_LIMIT', '9007199254740993'],
    ['MUSTER_REQUEST_TIMEOUT', '60'],
    ['MUSTER_SHUTDOWN_TIMEOUT', '11s'],
    ['MUSTER_SESSION_TTL', '1.5h'],
    ['MUSTER_LOCKOUT_FAILURES', '0'],
    ['MUSTER_S3_BUCKET', 'my bucket'],
    ['MUSTER_S3_PREFIX', '/muster'],
    ['MUSTER_S3_ENDPOINT', 's3.example'],
    ['MUSTER_S3_PATH_STYLE', 'true'],
    ['MUSTER_S3_REDIRECT', 'ddi,devices'],
    ['MUSTER_S3_LINK_TTL', '200h'],
    ['MUSTER_PUSH_ALLOW', '10.0.0.0/33'],
    ['MUSTER_COMMAND_LEASE', '0s'],
    ['MUSTER_THINGSPACE_SESSION_MINUTES', '20m'],
    ['MUSTER_THINGSPACE_HTTP_CALLBACKS', 'true'],
    ['MUSTER_PUSH_ALLOW', 'hooks.internal, 10.1.2'],
    ['MUSTER_DELIVERY_RETENTION', '30m'],
    ['MUSTER_PULSE_FIRST_PAGE', '2'],
    ['MUSTER_PULSE_FORM_LIMIT', '0'],
  ])('%s=%s is named with what was expected and what came', (name, text) => {
    const [problem, ...others] = problemsOf({ [name]: text });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${name}: expected .+, got "`));
    expect(problem).toContain(JSON.stringify(text));
  });

  it.each([
    ['MUSTER_ADMIN_PASSWORD', 'elevenchars'],
    ['MUSTER_METRICS_TOKEN', 'short-token'],
    ['MUSTER_SECRETS_KEY', 'c2hvcnQ='],
    ['MUSTER_SECRETS_KEY', `${'A'.repeat(43)}=,hunter2`],
    ['MUSTER_SECRETS_KEY', ',hunter2,'],
    ['MUSTER_DATABASE_URL', 'mysql://root:hunter2@db/muster'],
  ])('%s is secret and never repeated', (name, text) => {
    const [problem] = problemsOf({ [name]: text });
    expect(problem).toMatch(new RegExp(`^${name}: expected `));
    expect(problem).not.toContain(text);
    expect(problem).not.toContain('hunter2');
  });

  it('is reported together with every other one, in one message', () => {
    const env = {
      MUSTER_PORT: 'x',
      MUSTER_SESSION_TTL: 'long',
      MUSTER_ADMIN_PASSWORD: 'short',
      MUSTER_PROT: '1',
    };
    expect(() => configOf(env)).toThrow(/^4 settings are wrong[\s\S]*MUSTER_PORT[\s\S]*MUSTER_PROT/);
    expect(problemsOf(env).map((line) => line.split(':')[0])).toEqual([
      'MUSTER_ADMIN_PASSWORD',
      'MUSTER_PORT',
      'MUSTER_SESSION_TTL',
      'MUSTER_PROT',
    ]);
  });
});

describe('settings that contradict each other', () => {
  it('refuses an import limit below the body limit', () => {
    expect(problemsOf({ MUSTER_BODY_LIMIT: '2m', MUSTER_IMPORT_LIMIT: '1m' })).toEqual([
      'MUSTER_IMPORT_LIMIT: expected at least MUSTER_BODY_LIMIT, which is 2097152 bytes, got 1048576 bytes',
    ]);
  });

  it('refuses several workers over SQLite', () => {
    expect(problemsOf({ MUSTER_WORKERS: '2' })).toEqual([
      'MUSTER_WORKERS: expected 1, since SQLite has one writer; MUSTER_DATABASE_URL names a PostgreSQL that serves 2',
    ]);
    expect(problemsOf({ MUSTER_WORKERS: '2', MUSTER_DATABASE_URL: 'mysql://db' })).toHaveLength(1);
    expect(configOf({ MUSTER_WORKERS: '2', MUSTER_DATABASE_URL: 'postgres://db/muster' }).workers).toBe(2);
  });

  it('refuses half of a key, and redirects to nowhere', () => {
    expect(problemsOf({ MUSTER_S3_BUCKET: 'firmware', MUSTER_S3_ACCESS_KEY: 'AKIA0' })).toEqual([
      'MUSTER_S3_ACCESS_KEY: expected together with MUSTER_S3_SECRET_KEY',
    ]);
    expect(problemsOf({ MUSTER_S3_REDIRECT: 'ddi' })).toEqual([
      'MUSTER_S3_REDIRECT: expected together with MUSTER_S3_BUCKET, got ddi',
    ]);
  });

  it('does not compare a limit that is wrong in itself', () => {
    expect(problemsOf({ MUSTER_BODY_LIMIT: '1g', MUSTER_IMPORT_LIMIT: 'big' })).toHaveLength(1);
  });
});

describe('a variable that is no setting', () => {
  it.each([
    ['MUSTER_PROT', 'MUSTER_PROT: no such setting; did you mean MUSTER_PORT?'],
    ['MUSTER_SESION_TTL', 'MUSTER_SESION_TTL: no such setting; did you mean MUSTER_SESSION_TTL?'],
    ['MUSTER_QUANTUM_ENTANGLEMENT', 'MUSTER_QUANTUM_ENTANGLEMENT: no such setting'],
  ])('%s is a problem', (name, problem) => {
    expect(problemsOf({ [name]: '1' })).toEqual([problem]);
  });

  it('may belong to the tests', () => {
    expect(problemsOf({ MUSTER_TEST_DATABASE_URL: 'postgres://localhost/x' })).toEqual([]);
  });
});
