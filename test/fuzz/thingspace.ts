import type { TSchema } from 'typebox';
import { basePath } from '../../src/wire/thingspace/common.ts';
import type { ThingSpaceRoute } from '../../src/wire/thingspace/route.ts';
import { routes } from '../../src/wire/thingspace/routes.ts';
import { takes } from '../support/sample-body.ts';
import { type Answer, type Dialect, jsonIn, type Operation, type Sent } from './dialect.ts';
import { openHouse } from './house.ts';

const table: Readonly<Record<string, ThingSpaceRoute>> = routes;

/** Operations under each of their paths. */
const operations: readonly Operation[] = Object.entries(table).flatMap(([name, route]) =>
  [route.path, ...(route.aliases ?? [])].map((path) => ({
    ...{ name, method: route.method, path: basePath + path, query: route.query, body: route.body },
    bytes: route.takes === 'stream' ? ['application/octet-stream', 'multipart/form-data; boundary=a'] : [],
    isSlow: route.access === 'public' || route.access === 'application' || path.includes('/password'),
  })),
);

const kinds: Readonly<Record<string, string>> = {
  ...{
    accountName: 'account',
    account: 'account',
    deviceList: 'device',
    deviceIds: 'device',
    deviceId: 'device',
  },
  ...{
    id: 'campaign',
    campaignId: 'campaign',
    upgradeId: 'campaign',
    imei: 'device',
    devices: 'device',
    aname: 'account',
  },
  ...{ startIndex: 'number', lastSeenDeviceId: 'number', upgradeStatus: 'status', service: 'service' },
  ...{ distributionType: 'distribution' },
};

/** Clients read the body of a 400 alone; the others are of the transport (docs/protocols/thingspace.md). */
const statuses = new Set([400, 401, 404, 413, 429, 507]);

const names = (said: unknown): string =>
  typeof said === 'object' && said !== null ? Object.keys(said).sort().join() : '';
const forms = new Set(['errorCode,errorMessage', 'fault', 'error,error_description']);

const errorIn = (answer: Answer): string | undefined => {
  if (!statuses.has(answer.status)) return `${answer.status} is not documented`;
  return forms.has(names(jsonIn(answer))) ? undefined : 'an error in another form';
};

const replyOf = ({ operation }: Sent): TSchema | undefined => table[operation.name]?.reply;

const judge = (sent: Sent, answer: Answer): string | undefined => {
  const { isRouted, method } = sent;
  const { status } = answer;
  if (status >= 500) return 'the server failed';
  if (method === 'HEAD') return undefined;
  if (status >= 400) return errorIn(answer);
  const reply = replyOf(sent);
  if (!isRouted || reply === undefined) return undefined;
  if (status !== 200) return `${status} is not documented`;
  return takes(reply, jsonIn(answer)) ? undefined : 'the reply does not fit its schema';
};

const words = { number: '0', status: 'Queued', service: 'Fota', distribution: 'HTTP' };

export const thingspace: Dialect = {
  name: 'ThingSpace',
  operations,
  naming: (name) => kinds[name],
  kindOf: (parameter) => kinds[parameter] ?? parameter,
  open: (seed) =>
    openHouse(seed, {
      kindsOf: ({ ids }) => ({ ...ids, ...words }),
      headersOf: (token) =>
        token === null ? {} : { authorization: `Bearer ${token}`, 'vz-m2m-token': token },
    }),
  judge,
};
