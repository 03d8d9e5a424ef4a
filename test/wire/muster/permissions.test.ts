import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentRoutes } from '../../../src/api/muster/docs-page.ts';
import { defaultRoles, type Permission, permissions } from '../../../src/app/permissions.ts';
import { ddiRoutes, basePath as devicePath } from '../../../src/wire/ddi/routes.ts';
import type { Route } from '../../../src/wire/muster/route.ts';
import { basePath, routes } from '../../../src/wire/muster/routes.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { realRoutes } from '../../support/real-routes.ts';
import { contentOf, paramsIn, pathOf } from '../../support/route-call.ts';
import { newTenant, type Tenant, tokenFor } from '../../support/tenant.ts';

/** Everything that answers nobody in particular. Whoever makes a route public must add it here. */
const publicRoutes = [
  'getSetUp',
  'readDocs',
  'readDocsStyle',
  'readOpenApi',
  'setUp',
  'signIn',
  'signInBrowser',
];
/** Outside the API: files of the console; for load balancers and operators; the last only from this machine or with its token. */
const otherRoutes = [
  'GET /assets/:file',
  'GET /healthz',
  'HEAD /healthz',
  'GET /readyz',
  'HEAD /readyz',
  'GET /metrics',
];
/** What devices reach with secrets of their own; tested with their protocol. */
const deviceRoutes = [
  ...Object.values(ddiRoutes).flatMap(({ method, path }) =>
    (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((verb) => `${verb} ${devicePath}${path}`),
  ),
  ...['GET /dl/:ticket/:name', 'HEAD /dl/:ticket/:name'],
  ...['POST /dm/:account', 'POST /dm/:account/:token'],
  ...['GET /dd/:ticket', 'HEAD /dd/:ticket', 'POST /dd/:ticket/notify'],
];

/** Other APIs beside this one are held against tables of their own. */
const isOurs = (route: string): boolean => !/ \/api\/(?!v1\/)/.test(route);

const table: Readonly<Record<string, Route>> = { ...routes, ...documentRoutes };
const every = Object.entries(table).map(([name, route]) => ({ name, route }));
const guarded = every.filter(({ route }) => route.access !== 'public');
const withIds = guarded.filter(({ route }) => paramsIn(route.path).length > 0);

let api: Api;
let home: Tenant;
let abroad: Tenant;
let somebody: Tenant['ids'];

beforeAll(async () => {
  api = await startApi();
  home = await newTenant(api.context);
  abroad = await newTenant(api.context);
  const nowhere = Object.keys(home.ids).map((name) => [name, api.context.ids.uuid()]);
  somebody = { ...Object.fromEntries(nowhere), phase: 'download', rule: 'window' };
});
afterAll(() => api.close());

type Options = { readonly as: string | null; readonly account?: string };
const call = (route: Route, options: Options, ids = somebody): Promise<Reply> =>
  api.call(route.method, pathOf(route.path, ids), { ...options, ...contentOf(route) });

const codeOf = ({ body }: Reply): unknown => body?.code;
const seen = (reply: Reply) => `${reply.status} ${codeOf(reply) ?? ''}`.trim();

/** What the guard answers. A use case that refuses for what the data say names another permission, or none. */
const isDenied = ({ status, body }: Reply, { method, access }: Route): boolean => {
  if (status === 401) return true;
  if (status !== 403) return false;
  return method === 'HEAD' || (body.code === 'forbidden' && body.detail.includes(`"${access}"`));
};

const lastEvents = () => Promise.all([home.lastEvent(), abroad.lastEvent()]);

const mayWith = (granted: readonly Permission[], { access }: Route): boolean =>
  access === 'signed-in' || granted.some((permission) => permission === access);

describe('the table of routes', () => {
  it('has a known access for every route', () => {
    const known = new Set<string | undefined>(['public', 'signed-in', ...permissions]);
    expect(every.filter(({ route }) => !known.has(route.access))).toEqual([]);
  });

  it('makes nothing public but what is listed', () => {
    const open = every.filter(({ route }) => route.access === 'public').map(({ name }) => name);
    expect(open.sort()).toEqual(publicRoutes);
  });

  it('is what the server really answers, and no more', () => {
    const listed = every.map(({ route }) => `${route.method} ${basePath}${route.path}`);
    expect(realRoutes(api.http).filter(isOurs)).toEqual([...listed, ...otherRoutes, ...deviceRoutes].sort());
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
      if (!allowed) expect(await lastEvents()).toEqual(before);
    }
    expect(wrong).toEqual([]);
  });

  it('is the same as an account that does not exist for every role of another account', async () => {
    for (const { name } of defaultRoles) {
      const as = await tokenFor(api.context, await abroad.person(name));
      const before = await lastEvents();
      const real = await call(route, { as, account: home.ids.account });
      const unreal = await call(route, { as, account: 'NO-SUCH' });
      expect(real.status).toBe(404);
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
    for (const as of [null, 'nonsense', forged, expired]) {
      const reply = await call(route, { as });
      expect(reply.status).toBe(401);
      expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="muster"');
    }
    expect(await lastEvents()).toEqual(before);
  });

  it('allows the server administrator in every account', async () => {
    const as = await tokenFor(api.context, await home.serverAdministrator());
    const reply = await call(route, { as, account: abroad.ids.account });
    expect(isDenied(reply, route)).toBe(false);
    // The account itself was found: it is some other id that is unknown.
    if (reply.status === 404 && route.method !== 'HEAD')
      expect(reply.body.detail).not.toMatch(/no account "(?!\w{8}-)/);
  });

  it('allows a token without permissions no more than to be signed in', async () => {
    for (const user of [await home.person('Administrator'), await home.serverAdministrator()]) {
      const as = await tokenFor(api.context, user, { permissions: [] });
      const account = home.ids.account;
      const before = await lastEvents();
      const reply = await call(route, { as, account });
      expect(isDenied(reply, route)).toBe(route.access !== 'signed-in');
      if (route.access !== 'signed-in') expect(await lastEvents()).toEqual(before);
    }
  });

  it('allows a member without roles no more than to be signed in', async () => {
    const as = await tokenFor(api.context, await home.person());
    const reply = await call(route, { as });
    expect(isDenied(reply, route)).toBe(route.access !== 'signed-in');
  });
});

/** A reply's text with the id that was asked for, and the request id, taken out. */
const withoutIds = ({ status, headers, body }: Reply, id: string): string => {
  const { date: _, 'content-length': __, ...rest } = headers;
  const shown = Buffer.isBuffer(body) ? body.toString() : { ...body, requestId: '' };
  return JSON.stringify({ status, rest, shown }).replaceAll(id, '<id>');
};

describe.each(withIds)("another account's ids in $name", ({ route }) => {
  it.each(paramsIn(route.path).filter((name) => name !== 'phase' && name !== 'rule'))(
    'are not told from random ones as :%s',
    async (param) => {
      const as = await tokenFor(api.context, await home.person('Administrator'));
      const unknown = api.context.ids.uuid();
      const before = await lastEvents();
      const real = await call(route, { as }, { ...home.ids, [param]: abroad.ids[param] });
      const unreal = await call(route, { as }, { ...home.ids, [param]: unknown });
      expect(real.status).toBe(404);
      expect(withoutIds(real, abroad.ids[param])).toBe(withoutIds(unreal, unknown));
      expect(await lastEvents()).toEqual(before);
    },
  );
});
