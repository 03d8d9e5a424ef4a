import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultRoles, type Permission, permissions } from '../../../src/app/permissions.ts';
import { agentRoutes } from '../../../src/wire/pulse/agent.ts';
import { basePath } from '../../../src/wire/pulse/common.ts';
import type { PulseRoute } from '../../../src/wire/pulse/route.ts';
import { routes } from '../../../src/wire/pulse/routes.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { OCTETS } from '../../support/packages.ts';
import { realRoutes } from '../../support/real-routes.ts';
import { sampleOf } from '../../support/sample-body.ts';
import { newTenant, type Tenant, tokenFor } from '../../support/tenant.ts';

/** Everything that answers nobody in particular. Whoever makes a route public must add it here. */
const publicRoutes = ['findDeviceToken', 'getDeviceToken', 'getToken', 'getVersions', 'refreshToken'];

const table: Readonly<Record<string, PulseRoute>> = routes;
const every = Object.entries(table).map(([name, route]) => ({ name, route }));
const guarded = every.filter(({ route }) => route.access !== 'public');

/** The permission that a route asks of people; `undefined` where being signed in is enough. */
const permissionOf = ({ access }: PulseRoute): string | undefined => {
  if (typeof access === 'object') return access.permission;
  return access === 'signed-in' ? undefined : access;
};

type Ids = Readonly<Record<string, string>>;

/** A real id for each parameter of a path, of things that belong to one account. */
const idsOf = async ({ context }: Api, { world, ids }: Tenant): Promise<Ids> => {
  const documents = {
    groupId: 'pulse/group',
    definitionId: 'pulse/notification-definition',
    instanceId: 'pulse/notification-instance',
    templateId: 'pulse/device-template',
    resultId: 'pulse/filter-result',
  };
  const made: Record<string, string> = {};
  for (const [param, kind] of Object.entries(documents)) {
    const id = context.ids.uuid();
    const value = { kind, id, name: '', body: {}, createdBy: 'ada', createdAt: 1 };
    await world.write({ save: 'document', value });
    made[param] = id;
  }
  return {
    ...made,
    ...{ organizationId: ids.account, userId: ids.user, roleId: ids.role, uuid: ids.package },
    ...{ campaignId: ids.campaign, gatewayId: ids.device, deviceId: ids.device },
    ...{ filterId: ids.query, destinationId: ids.destination },
  };
};

const paramsIn = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

const pathOf = (path: string, ids: Ids): string =>
  basePath +
  path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const id = ids[name];
    // Someone added a parameter: give it an id in `idsOf`, so that it is tested too.
    if (id === undefined) throw new Error(`there is no sample id for :${name}`);
    return encodeURIComponent(id);
  });

const contentOf = ({ body, streams }: PulseRoute) => {
  if (streams) return { body: Buffer.from('bytes'), headers: OCTETS };
  return body === undefined ? {} : { body: sampleOf(body as TSchema) };
};

let api: Api;
let home: Tenant;
let abroad: Tenant;
let here: Ids;
let there: Ids;
let nowhere: Ids;

beforeAll(async () => {
  api = await startApi();
  home = await newTenant(api.context);
  abroad = await newTenant(api.context);
  [here, there] = [await idsOf(api, home), await idsOf(api, abroad)];
  nowhere = Object.fromEntries(Object.keys(here).map((name) => [name, api.context.ids.uuid()]));
});
afterAll(() => api.close());

type Options = { readonly as: string | null; readonly organization?: string };

const call = (route: PulseRoute, { as, organization }: Options, ids: Ids = nowhere): Promise<Reply> => {
  const { headers = {}, ...content } = contentOf(route);
  const org = organization === undefined ? {} : { 'x-current-org-id': organization };
  return api.call(route.method, pathOf(route.path, ids), { as, ...content, headers: { ...headers, ...org } });
};

const seen = ({ status, headers }: Reply): string => `${status} ${headers['grpc-message'] ?? ''}`;

/** What the guard answers. A use case that refuses for what the data say names another permission, or none. */
const isDenied = ({ status, headers }: Reply, route: PulseRoute): boolean => {
  if (status === 401) return true;
  return status === 403 && `${headers['grpc-message']}`.includes(`"${permissionOf(route)}"`);
};

const lastEvents = () => Promise.all([home.lastEvent(), abroad.lastEvent()]);

const mayWith = (granted: readonly Permission[], route: PulseRoute): boolean => {
  const permission = permissionOf(route);
  return permission === undefined || granted.some((one) => one === permission);
};

/** In both forms, and they agree. */
const expectError = (
  { status, headers, body }: Reply,
  { method }: PulseRoute,
  http: number,
  code: number,
) => {
  expect(status).toBe(http);
  expect(headers['grpc-status']).toBe(`${code}`);
  expect(headers['grpc-message']).toMatch(/^[ -~]+$/);
  if (method !== 'HEAD') expect(body).toEqual({ code, message: expect.any(String), details: [] });
};

describe('the table of routes', () => {
  it('has a known access for every route', () => {
    const known = new Set<string | undefined>(['public', undefined, ...permissions]);
    expect(every.filter(({ route }) => !known.has(permissionOf(route)))).toEqual([]);
  });

  it('makes nothing public but what is listed', () => {
    const open = every.filter(({ route }) => route.access === 'public').map(({ name }) => name);
    expect(open.sort()).toEqual(publicRoutes);
  });

  it('lets only gateways to what is theirs', () => {
    const accesses = Object.values(agentRoutes).map(({ access }) => access);
    expect(new Set(accesses)).toEqual(new Set(['gateway']));
  });

  it('is what the server really answers, with and without a slash at the end, and no more', () => {
    const listed = [...Object.values(table), ...Object.values(agentRoutes)].flatMap(({ method, path }) =>
      [path, `${path}/`].map((spelling) => `${method} ${basePath}${spelling}`),
    );
    const real = realRoutes(api.http).filter((route) => / \/api\/(?!v1\/|fota|ts\/|m2m)/.test(route));
    // Parameters of several routes share a place under one name.
    const anonymous = (route: string): string => route.replaceAll(/:[\w|:]+/g, ':');
    expect(real.map(anonymous).toSorted()).toEqual(listed.map(anonymous).toSorted());
  });
});

describe.each(guarded)('$name', ({ route }) => {
  it('allows exactly the roles that have its permission, and nothing happens otherwise', async () => {
    const wrong: string[] = [];
    for (const { name, permissions: granted } of defaultRoles) {
      const as = await tokenFor(api.context, await home.person(name));
      const before = await lastEvents();
      const reply = await call(route, { as });
      const allowed = mayWith(granted, route);
      if (isDenied(reply, route) === allowed) wrong.push(`${name}: ${seen(reply)}`);
      if (allowed) continue;
      expectError(reply, route, 403, 7);
      expect(await lastEvents()).toEqual(before);
    }
    expect(wrong).toEqual([]);
  });

  it('is the same as an organisation that does not exist for every role of another one', async () => {
    for (const { name } of defaultRoles) {
      const as = await tokenFor(api.context, await abroad.person(name));
      const before = await lastEvents();
      const real = await call(route, { as, organization: home.ids.account });
      const unreal = await call(route, { as, organization: 'NO-SUCH' });
      expectError(real, route, 404, 5);
      expect(withoutIds(real, home.ids.account)).toBe(withoutIds(unreal, 'NO-SUCH'));
      expect(await lastEvents()).toEqual(before);
    }
  });

  it('knows nobody without a token that is valid', async () => {
    const user = await home.person('Administrator');
    const valid = await tokenFor(api.context, user);
    const expired = await tokenFor(api.context, user, { expiresAt: 1 });
    const forged = `${valid.slice(0, -1)}${valid.endsWith('0') ? '1' : '0'}`;
    const before = await lastEvents();
    for (const as of [null, 'nonsense', forged, expired, 'gateway/DEFAULT/gw/secret']) {
      const reply = await call(route, { as });
      expectError(reply, route, 401, 16);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="muster"');
    }
    expect(await lastEvents()).toEqual(before);
  });

  it('allows the server administrator in every organisation', async () => {
    const as = await tokenFor(api.context, await home.serverAdministrator());
    const reply = await call(route, { as, organization: abroad.ids.account });
    expect([isDenied(reply, route), seen(reply)]).toEqual([false, seen(reply)]);
  });

  it('allows a token without permissions no more than to be signed in', async () => {
    for (const user of [await home.person('Administrator'), await home.serverAdministrator()]) {
      const as = await tokenFor(api.context, user, { permissions: [] });
      const before = await lastEvents();
      const reply = await call(route, { as, organization: home.ids.account });
      const isEnough = permissionOf(route) === undefined;
      expect(isDenied(reply, route)).toBe(!isEnough);
      if (!isEnough) expect(await lastEvents()).toEqual(before);
    }
  });

  it('allows a member without roles no more than to be signed in', async () => {
    const as = await tokenFor(api.context, await home.person());
    const reply = await call(route, { as });
    expect(isDenied(reply, route)).toBe(permissionOf(route) !== undefined);
  });
});

/** A reply's text with the id that was asked for taken out. */
const withoutIds = ({ status, headers, body }: Reply, id: string): string => {
  const { date: _, 'content-length': __, ...rest } = headers;
  const shown = Buffer.isBuffer(body) ? body.toString() : body;
  return JSON.stringify({ status, rest, shown }).replaceAll(id, '<id>');
};

const withIds = guarded.filter(({ route }) => paramsIn(route.path).length > 0);

describe.each(withIds)("another organisation's ids in $name", ({ route }) => {
  it.each(paramsIn(route.path))('are not told from random ones as :%s', async (param) => {
    const as = await tokenFor(api.context, await home.person('Administrator'));
    const unknown = api.context.ids.uuid();
    const foreign = there[param] ?? '';
    const before = await lastEvents();
    const real = await call(route, { as }, { ...here, [param]: foreign });
    const unreal = await call(route, { as }, { ...here, [param]: unknown });
    expect(real.status).toBeGreaterThanOrEqual(400);
    expect(withoutIds(real, foreign)).toBe(withoutIds(unreal, unknown));
    expect(await lastEvents()).toEqual(before);
  });
});

/** Requests that name something in their body. */
const bodies: readonly (readonly [
  operation: keyof typeof routes,
  param: string,
  bodyOf: (id: string) => object,
])[] = [
  ['createCampaign', 'uuid', (id) => ({ name: 'Spring', packages: [id] })],
  ['editCampaign', 'uuid', (id) => ({ updateSpec: { packages: [id] } })],
  ['addGateways', 'gatewayId', (id) => ({ gatewayIds: [id] })],
  ['setGatewayPackages', 'uuid', (id) => ({ packages: [id] })],
  ['setDistributionList', 'filterId', (id) => ({ distributionListId: id })],
  ['registerCompletedCallback', 'destinationId', (id) => ({ notificationDestinationId: id })],
  ['registerStateChangeCallback', 'definitionId', (id) => ({ notificationDestinationId: id })],
];

describe("another organisation's ids in bodies", () => {
  it.each(bodies)('of %s are not told from random ones', async (operation, param, bodyOf) => {
    const as = await tokenFor(api.context, await home.person('Administrator'));
    const { method, path } = routes[operation];
    const ask = (id: string) => api.call(method, pathOf(path, here), { as, body: bodyOf(id) });
    const [foreign, unknown] = [there[param] ?? '', api.context.ids.uuid()];
    const before = await lastEvents();
    const real = await ask(foreign);
    expect([real.status, real.body.code]).toEqual([404, 5]);
    expect(withoutIds(real, foreign)).toBe(withoutIds(await ask(unknown), unknown));
    expect(await lastEvents()).toEqual(before);
  });
});
