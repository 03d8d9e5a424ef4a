import { databaseSettings } from './database-settings.ts';
import { s3Settings } from './s3-settings.ts';
import { defaulted, optional } from './setting.ts';
import {
  accountId,
  addressAndPort,
  directory,
  duration,
  email,
  host,
  networks,
  networksAndHosts,
  oneOf,
  secret,
  secretsKeys,
  size,
  urlTemplate,
  webUrl,
  wholeNumber,
} from './setting-parsers.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** When OMA-DM devices may show their passwords. */
const BASIC_RULES = ['tls', 'always', 'never'] as const;
const BOOTSTRAP_RULES = ['off', 'secure', 'plain'] as const;

/** Every setting there is, in the order of docs/config.md, which a test compares with this table. */
export const settings = {
  host: defaulted(['MUSTER_HOST', '127.0.0.1', 'Address or host name to listen on.'], host),
  port: defaulted(
    ['MUSTER_PORT', '8080', 'Port to listen on; 0 takes any free one.'],
    wholeNumber({ min: 0, max: 65_535 }),
  ),
  workers: defaulted(
    ['MUSTER_WORKERS', '1', 'Processes that serve requests on this machine; more than one needs PostgreSQL.'],
    wholeNumber({ min: 1, max: 64 }),
  ),
  data: defaulted(
    ['MUSTER_DATA', './data', 'Directory for packages and the embedded database; created when missing.'],
    directory,
  ),
  publicUrl: optional(
    [
      'MUSTER_PUBLIC_URL',
      'http://, host and port as listened on',
      'Address under which people and devices reach this server; every link begins with it.',
    ],
    webUrl,
  ),
  ...databaseSettings,
  ...s3Settings,
  secretsKey: optional(
    [
      'MUSTER_SECRETS_KEY',
      'secrets.key in the data directory, made at the first start',
      'Base64 of the 32 bytes under which secrets shared with devices are sealed; several are separated by commas, the first seals and all open.',
    ],
    secretsKeys,
    { secret: true },
  ),
  adminEmail: defaulted(
    ['MUSTER_ADMIN_EMAIL', 'admin@localhost', 'Administrator created at the first start.'],
    email,
  ),
  adminPassword: optional(
    [
      'MUSTER_ADMIN_PASSWORD',
      'generated and printed once',
      'Password of that administrator, at least 12 characters; read at the first start only.',
    ],
    secret(12),
    { secret: true },
  ),
  logLevel: defaulted(
    [
      'MUSTER_LOG_LEVEL',
      'info',
      'Least severe line that is logged: fatal, error, warn, info, debug, trace, silent.',
    ],
    oneOf(LOG_LEVELS),
  ),
  trustedProxies: optional(
    [
      'MUSTER_TRUSTED_PROXIES',
      'none',
      'Addresses and CIDR networks, separated by commas, whose X-Forwarded headers are believed.',
    ],
    networks,
  ),
  bodyLimit: defaulted(['MUSTER_BODY_LIMIT', '1m', 'Largest request body.'], size(1024)),
  importLimit: defaulted(
    ['MUSTER_IMPORT_LIMIT', '256m', 'Largest body of a device import; not below the body limit.'],
    size(1024),
  ),
  packageLimit: defaulted(['MUSTER_PACKAGE_LIMIT', '0', 'Largest package; 0 sets no limit.'], size(0)),
  rateLimit: defaulted(
    ['MUSTER_RATE_LIMIT', '6000', 'Requests per minute and credential; 0 sets no limit.'],
    wholeNumber({ min: 0, max: 1e9 }),
  ),
  loginRateLimit: defaulted(
    ['MUSTER_LOGIN_RATE_LIMIT', '20', 'Log-in attempts per minute and address; 0 sets no limit.'],
    wholeNumber({ min: 0, max: 1e9 }),
  ),
  requestTimeout: defaulted(
    ['MUSTER_REQUEST_TIMEOUT', '60s', 'Longest time to receive a request other than an upload.'],
    duration('1s', '24h'),
  ),
  shutdownTimeout: defaulted(
    ['MUSTER_SHUTDOWN_TIMEOUT', '10s', 'Time that running requests get to finish at a stop; 10s at most.'],
    duration('0ms', '10s'),
  ),
  sessionTtl: defaulted(['MUSTER_SESSION_TTL', '12h', 'How long a log-in lasts.'], duration('1m', '8760h')),
  lockoutFailures: defaulted(
    ['MUSTER_LOCKOUT_FAILURES', '5', 'Wrong passwords in a row that lock a user out.'],
    wholeNumber({ min: 1, max: 1000 }),
  ),
  lockoutTime: defaulted(
    ['MUSTER_LOCKOUT_TIME', '15m', 'How long a locked-out user stays out.'],
    duration('1s', '8760h'),
  ),
  metricsToken: optional(
    [
      'MUSTER_METRICS_TOKEN',
      'none: loopback addresses only',
      'Bearer token that opens /metrics to other machines, at least 16 characters.',
    ],
    secret(16),
    { secret: true },
  ),
  otlpUrl: optional(
    [
      'MUSTER_OTLP_URL',
      'none: no traces',
      'Collector to which traces go over OTLP/HTTP, as JSON to its path /v1/traces.',
    ],
    webUrl,
  ),
  pushAllow: optional(
    [
      'MUSTER_PUSH_ALLOW',
      'none',
      'CIDR networks, addresses and host names, separated by commas, to which events may be pushed although they are not public.',
    ],
    networksAndHosts,
  ),
  eventRetention: defaulted(
    [
      'MUSTER_EVENT_RETENTION',
      '0',
      'Days that the history of events is kept; 0 keeps all. Events of campaigns that are not over stay.',
    ],
    wholeNumber({ min: 0, max: 36_500 }),
  ),
  deliveryRetention: defaulted(
    ['MUSTER_DELIVERY_RETENTION', '720h', 'How long the log keeps what was pushed or given up.'],
    duration('1h', '87600h'),
  ),
  pulseFirstPage: defaulted(
    ['MUSTER_PULSE_FIRST_PAGE', '0', 'Number of the first page of a list of the Pulse API: 0 or 1.'],
    wholeNumber({ min: 0, max: 1 }),
  ),
  pulseFormLimit: defaulted(
    [
      'MUSTER_PULSE_FORM_LIMIT',
      '1g',
      'Largest package that the Pulse API takes as a form; what is streamed has no limit but that of packages.',
    ],
    size(1024),
  ),
  commandLease: defaulted(
    [
      'MUSTER_COMMAND_LEASE',
      '10m',
      'Time without a word about a command after which a gateway is handed it again.',
    ],
    duration('1s', '24h'),
  ),
  thingspaceSessionMinutes: defaulted(
    [
      'MUSTER_THINGSPACE_SESSION_MINUTES',
      '20',
      'Minutes without use after which a session of the ThingSpace API is over; use is noted once a minute.',
    ],
    wholeNumber({ min: 1, max: 525_600 }),
  ),
  thingspaceHttpCallbacks: defaulted(
    [
      'MUSTER_THINGSPACE_HTTP_CALLBACKS',
      'no',
      'Whether callbacks of the ThingSpace API may go to http:// URLs: no or yes.',
    ],
    oneOf(['no', 'yes']),
  ),
  lwm2mCoap: optional(
    [
      'MUSTER_LWM2M_COAP',
      'none: not served',
      'Address and port for LwM2M over plain UDP, such as 0.0.0.0:5683. Nothing there is secured: for private networks only.',
    ],
    addressAndPort,
  ),
  lwm2mCoaps: optional(
    [
      'MUSTER_LWM2M_COAPS',
      'none: not served',
      'Address and port for LwM2M over DTLS with pre-shared keys, such as 0.0.0.0:5684.',
    ],
    addressAndPort,
  ),
  lwm2mCoapTcp: optional(
    [
      'MUSTER_LWM2M_COAP_TCP',
      'none: not served',
      'Address and port for LwM2M over plain TCP. Nothing there is secured: for private networks only.',
    ],
    addressAndPort,
  ),
  lwm2mCoapsTcp: optional(
    [
      'MUSTER_LWM2M_COAPS_TCP',
      'none: not served',
      'Address and port for LwM2M over TLS with pre-shared keys, such as 0.0.0.0:5684.',
    ],
    addressAndPort,
  ),
  lwm2mAccount: defaulted(
    [
      'MUSTER_LWM2M_ACCOUNT',
      'DEFAULT',
      'Account of LwM2M devices that come over plain UDP or TCP, where nothing proves whose they are.',
    ],
    accountId,
  ),
  lwm2mPublicHost: optional(
    [
      'MUSTER_LWM2M_PUBLIC_HOST',
      'none: packages are not offered over CoAP',
      'Host name or address under which LwM2M devices fetch packages over CoAP.',
    ],
    host,
  ),
  lwm2mMachine: optional(
    [
      'MUSTER_LWM2M_MACHINE',
      'its host name',
      'Name of this machine among several over one PostgreSQL, the same after every restart: who listens there again goes on with its LwM2M devices.',
    ],
    host,
  ),
  lwm2mAwakeWindow: defaulted(
    [
      'MUSTER_LWM2M_AWAKE_WINDOW',
      '93s',
      'How long an LwM2M device in queue mode listens after it was heard, unless its profile says otherwise.',
    ],
    duration('1s', '24h'),
  ),
  lwm2mPoll: defaulted(
    [
      'MUSTER_LWM2M_POLL',
      '60s',
      'How often an LwM2M device that is awake is looked at while an update of it is under way.',
    ],
    duration('1s', '24h'),
  ),
  lwm2mInstallTimeout: defaulted(
    [
      'MUSTER_LWM2M_INSTALL_TIMEOUT',
      '30m',
      'How long an LwM2M device may take to install and come back, unless its profile says otherwise.',
    ],
    duration('1s', '168h'),
  ),
  lwm2mPushes: defaulted(
    ['MUSTER_LWM2M_PUSHES', '2000', 'Packages that are written to LwM2M devices at the same time.'],
    wholeNumber({ min: 1, max: 100_000 }),
  ),
  lwm2mRegistrations: defaulted(
    [
      'MUSTER_LWM2M_REGISTRATIONS',
      '100',
      'LwM2M registrations and bootstraps that one network (24 bits of IPv4, 48 of IPv6) may begin in a second over plain UDP and TCP; ten times as many at once.',
    ],
    wholeNumber({ min: 1, max: 1e6 }),
  ),
  lwm2mBootstrap: defaulted(
    [
      'MUSTER_LWM2M_BOOTSTRAP',
      'secure',
      'Which LwM2M devices are given their key and told where to register: off for none, secure for those that show a key, plain also for known ones over plain UDP and TCP.',
    ],
    oneOf(BOOTSTRAP_RULES),
  ),
  dmBasic: defaulted(
    [
      'MUSTER_DM_BASIC',
      'tls',
      'When OMA-DM devices may authenticate by basic, which shows their password: tls, always or never.',
    ],
    oneOf(BASIC_RULES),
  ),
  dmAttempts: defaulted(
    [
      'MUSTER_DM_ATTEMPTS',
      '10',
      'Wrong proofs of an OMA-DM device that are looked at in a minute, and ten times as many of an address; 0 sets no limit.',
    ],
    wholeNumber({ min: 0, max: 1e9 }),
  ),
  dmUdpNetworks: optional(
    [
      'MUSTER_DM_UDP_NETWORKS',
      'none: not sent',
      'Addresses and CIDR networks, separated by commas, to whose UDP port 2948 OMA-DM triggers may go.',
    ],
    networks,
  ),
  dmSmsUrl: optional(
    [
      'MUSTER_DM_SMS_URL',
      'none: not sent',
      'SMS gateway to which OMA-DM triggers are POSTed; {number}, {udh} and {data} stand for the text in the URL.',
    ],
    urlTemplate,
    { secret: true },
  ),
  dmSmsToken: optional(
    ['MUSTER_DM_SMS_TOKEN', 'none', 'Bearer token for that gateway, at least 8 characters.'],
    secret(8),
    { secret: true },
  ),
} as const;
