import { agentRoutes } from '../../src/wire/pulse/agent.ts';
import { basePath } from '../../src/wire/pulse/common.ts';
import { grpc } from '../../src/wire/pulse/grpc.ts';
import type { PulseRoute } from '../../src/wire/pulse/route.ts';
import { routes } from '../../src/wire/pulse/routes.ts';
import { takes } from '../support/sample-body.ts';
import { type Answer, type Dialect, jsonIn, type Operation, type Sent } from './dialect.ts';
import { openHouse } from './house.ts';

const table: Readonly<Record<string, PulseRoute>> = { ...routes, ...agentRoutes };

const operations: readonly Operation[] = Object.entries(table).map(([name, route]) => ({
  ...{ name, method: route.method, path: basePath + route.path, query: route.query, body: route.body },
  bytes: route.streams === true ? ['application/octet-stream', 'application/zip'] : [],
  isSlow: route.path.startsWith('/tokens') || route.path.startsWith('/device-tokens'),
}));

const kinds: Readonly<Record<string, string>> = {
  ...{ packages: 'package', packageIds: 'package', uuid: 'package', packageId: 'package', id: 'campaign' },
  ...{
    gatewayIds: 'device',
    gatewayId: 'device',
    deviceId: 'device',
    deviceIds: 'device',
    campaignId: 'campaign',
  },
  ...{ filterId: 'query', roleIds: 'role', roles: 'role', roleId: 'role', userIds: 'user', userId: 'user' },
  ...{
    destinationId: 'destination',
    organizationId: 'account',
    orgId: 'account',
    groupId: 'group',
    groups: 'group',
  },
  ...{
    definitionId: 'definition',
    templateId: 'template',
    distributionListId: 'query',
    commandId: 'command',
  },
  ...{ instanceId: 'instance', resultId: 'result', groupIds: 'group' },
};

/** Those of gRPC, and what the transport adds (docs/protocols/pulse.md). */
const statuses = new Set<number>([...Object.values(grpc).map(({ http }) => http), 406, 413, 415, 416, 507]);

const errorIn = ({ status, headers, ...answer }: Answer): string | undefined => {
  if (!statuses.has(status)) return `${status} is not documented`;
  const said = jsonIn(answer);
  if (typeof said !== 'object' || said === null) return 'an error that is no JSON';
  const members = new Map<string, unknown>(Object.entries(said));
  if ([...members.keys()].join() !== 'code,message,details') return 'an error in another form';
  if (String(members.get('code')) !== headers['grpc-status']) return 'the header says another code';
  return typeof members.get('message') === 'string' ? undefined : 'an error without words';
};

const judge = (sent: Sent, answer: Answer): string | undefined => {
  const { operation, isRouted, method } = sent;
  const { status } = answer;
  if (status >= 500 && status !== 501) return 'the server failed';
  if (method === 'HEAD') return undefined;
  if (status >= 400) return errorIn(answer);
  if (!isRouted) return undefined;
  const { reply } = table[operation.name] ?? {};
  if (reply === undefined) return undefined;
  if (status !== 200) return `${status} is not documented`;
  return takes(reply, jsonIn(answer)) ? undefined : 'the reply does not fit its schema';
};

const forPath: Readonly<Record<string, string>> = { ...kinds, uuid: 'package' };

export const pulse: Dialect = {
  name: 'Pulse',
  operations,
  naming: (name) => kinds[name],
  kindOf: (parameter) => forPath[parameter] ?? parameter,
  open: (seed) =>
    openHouse(seed, {
      kindsOf: ({ ids }) => ids,
      headersOf: (token, account) => ({
        ...(token !== null && { authorization: `Bearer ${token}` }),
        'muster-account': account,
      }),
    }),
  judge,
};
