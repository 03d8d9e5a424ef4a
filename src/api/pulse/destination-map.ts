import type { StoredAccount } from '../../app/account-records.ts';
import type { StoredDestination } from '../../app/delivery-records.ts';
import {
  type DestinationInput,
  type DestinationSettings,
  defaultDestination,
} from '../../app/destinations.ts';
import type {
  Connection,
  ConnectionInput,
  Destination,
  DestinationBody,
  RetryInput,
  RetrySchedule,
} from '../../wire/pulse/notification-destinations.ts';
import { BadRequest } from './errors.ts';

type Settings = Pick<DestinationSettings, 'url' | 'authentication' | 'trust'>;

const usual = {
  port: { 'http:': 80, 'https:': 443 },
  retry: { retryInterval: 5_000, maxRetryCount: 5, requestTimeout: 10_000 },
} as const;

/** What members of this wire the settings of a destination come from. */
export const members = { url: 'host', trust: 'certificate', path: 'relativePath' } as const;

type Scheme = keyof typeof usual.port;

const schemeOf = (url: URL): Scheme => (url.protocol === 'https:' ? 'https:' : 'http:');
const portOf = (url: URL): number => (url.port === '' ? usual.port[schemeOf(url)] : Number(url.port));
const pathIn = (url: URL): string => url.pathname + url.search;

/** The connection fields of a destination; whoever reads them gets no secret. */
export const toConnection = ({ url, authentication, trust }: Settings): Connection => {
  const parsed = new URL(url);
  const { kind } = authentication;
  return {
    sslTlsVersion: schemeOf(parsed) === 'https:' ? 'TLS1_2' : 'NO_CERT',
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: portOf(parsed),
    certificate: trust,
    // What another API set is named, since this one has no word for it.
    authenticationType: { none: 'NO_AUTH', basic: 'BASIC', bearer: 'BEARER' }[kind],
    username: kind === 'basic' ? authentication.username : '',
    password: '',
  };
};

/** Where there is no connection of its own to show. */
export const noConnection: Connection = {
  sslTlsVersion: '',
  host: '',
  port: 0,
  certificate: '',
  authenticationType: '',
  username: '',
  password: '',
};

const toRetry = ({ retry, timeout }: Pick<DestinationSettings, 'retry' | 'timeout'>): RetrySchedule => ({
  retryInterval: retry.interval,
  maxRetryCount: Math.max(0, retry.attempts - 1),
  requestTimeout: timeout,
});

export const toDestination =
  ({ id: orgId }: StoredAccount) =>
  (destination: StoredDestination): Destination => ({
    id: destination.id,
    name: destination.name,
    description: destination.description,
    protocol: 'HTTP',
    ...toConnection(destination),
    relativePath: pathIn(new URL(destination.url)),
    headers: destination.headers.map(({ name, value }) => ({ key: name, value })),
    retrySchedule: toRetry(destination),
    enabled: destination.disabled === null,
    orgId,
    createdTime: `${destination.createdAt}`,
    lastUpdatedTime: `${destination.createdAt}`,
    updateVersion: destination.revision,
  });

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** A name or an address, alone: nothing that would change what the rest of the URL means. */
const hostIn = (host: string): string => {
  if (/^[0-9a-f.]*(:[0-9a-f.]*){2,}$/i.test(host)) return `[${host}]`;
  if (/^\[[0-9a-f:.]+\]$/i.test(host) || /^[^\s:/?#@[\]\\%]+$/.test(host)) return host;
  throw new BadRequest(`host: expected a host name or an address; got ${JSON.stringify(host)}.`);
};

const fromRoot = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

const urlOf = (input: ConnectionInput & { relativePath?: string }, was: URL | undefined): string => {
  const host = given(input.host) ?? was?.hostname;
  if (host === undefined) throw new BadRequest('host: expected a host name or an address; got none.');
  const before = was && (schemeOf(was) === 'https:' ? 'TLS1_2' : 'NO_CERT');
  const version = given(input.sslTlsVersion) ?? before ?? 'NO_CERT';
  const scheme: Scheme = version === 'TLS1_2' ? 'https:' : 'http:';
  const kept = was === undefined || scheme !== schemeOf(was) ? usual.port[scheme] : portOf(was);
  const port = input.port === undefined || input.port === 0 ? kept : input.port;
  const path = input.relativePath ?? (was === undefined ? '' : pathIn(was));
  return `${scheme}//${hostIn(host)}:${port}${fromRoot(path)}`;
};

type Authentication = Settings['authentication'];

const authenticationOf = (
  { authenticationType, username, password }: ConnectionInput,
  was: Authentication | undefined,
): Authentication => {
  const kind = given(authenticationType);
  if (kind === 'NO_AUTH') return { kind: 'none' };
  if (kind === undefined && was?.kind !== 'basic') return was ?? { kind: 'none' };
  const before = was?.kind === 'basic' ? was : { username: '', password: '' };
  const name = given(username) ?? before.username;
  // A password goes with the name that it was given for.
  const secret = given(password) ?? (name === before.username ? before.password : '');
  if (name === '' || secret === '')
    throw new BadRequest('username, password: expected both for BASIC; got less.');
  return { kind: 'basic', username: name, password: secret };
};

/** What a destination is to be like, by what it was like. Throws `BadRequest`. */
const settingsOf = (
  input: ConnectionInput & { readonly relativePath?: string },
  was: Settings | undefined,
): Settings => {
  const url = urlOf(input, was && new URL(was.url));
  const isPlain = url.startsWith('http:');
  return {
    url,
    authentication: authenticationOf(input, was?.authentication),
    trust: isPlain ? '' : (input.certificate ?? was?.trust ?? ''),
  };
};

/** Retries and time-out as given, else as they were, else those of this wire. */
const retryOf = (
  given: RetryInput | undefined,
  was: Pick<DestinationSettings, 'retry' | 'timeout'> | undefined,
): Pick<DestinationSettings, 'retry' | 'timeout'> => {
  const before = was === undefined ? usual.retry : toRetry(was);
  const { retryInterval, maxRetryCount, requestTimeout } = { ...before, ...given };
  return {
    retry: {
      // Without any pause a receiver that is down would be asked as fast as it can refuse.
      interval: Math.max(1_000, retryInterval),
      attempts: maxRetryCount + 1,
      within: was?.retry.within ?? defaultDestination.retry.within,
    },
    timeout: requestTimeout === 0 ? usual.retry.requestTimeout : requestTimeout,
  };
};

/** A destination as this wire makes it: in order for each gateway, and unsigned unless a secret is given. */
export const newSettings = (
  input: ConnectionInput & Pick<DestinationBody, 'relativePath' | 'retrySchedule' | 'secret'>,
  was: StoredDestination | undefined,
): Omit<DestinationInput, 'name' | 'description' | 'headers'> => ({
  ...settingsOf(input, was),
  ...retryOf(input.retrySchedule, was),
  order: was?.order ?? 'strict',
  secret: given(input.secret) ?? null,
});
