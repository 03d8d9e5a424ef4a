import { createWaker } from '../../src/app/waker.ts';
import { startApi } from '../support/api.ts';
import { seededIds } from '../support/seeded-ids.ts';
import { newTenant, type Tenant, tokenFor } from '../support/tenant.ts';
import type { House, Who } from './dialect.ts';

export type Kinds = Readonly<Record<string, string>>;

/** How a dialect tells who asks, and what it calls things. */
export type Signing = {
  readonly kindsOf: (tenant: Tenant) => Kinds | Promise<Kinds>;
  readonly headersOf: (token: string | null, account: string) => Readonly<Record<string, string>>;
};

/** Requests that come without a socket have none whose deadline could be kept. */
const surroundings = { MUSTER_PUBLIC_URL: 'http://muster.example', MUSTER_REQUEST_TIMEOUT: '24h' };
const MARKER = 'Seekrit of the others';
/** Of what fuzzing makes, so many are kept of a kind. */
const MOST_KEPT = 40;
/** The newest of them are asked for: the others may be gone. */
const FRESH = 4;

type Call = Awaited<ReturnType<typeof startApi>>['call'];

/** Fills an account with things that belong together; `about` stands in all of them. */
const furnish = async (call: Call, account: string, as: string, about: string, nth = 0): Promise<Kinds> => {
  const send = async (path: string, body: unknown, headers = {}): Promise<{ readonly id: string }> => {
    const reply = await call('POST', path, { as, account, body, headers });
    if (reply.status < 300) return reply.body;
    // Later the account may forbid it: its settings are tried too.
    if (nth > 0) return { id: '' };
    throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  };
  const make = async (path: string, body: object): Promise<string> => (await send(path, body)).id;
  const name = nth === 0 ? about : `${about} ${nth}`;
  const named = { name, description: about };
  const upload = `/packages?${new URLSearchParams({ ...named, version: '2.0' })}`;
  const octets = { 'content-type': 'application/octet-stream' };
  const pack = (await send(upload, Buffer.from('bytes'), octets)).id;
  const facts = { name: about, make: 'Acme', model: 'GW-1', attributes: { site: about } };
  const device = await make('/devices', { id: `gw-${nth}-${account}`, protocol: 'gateway', ...facts });
  const campaign = await make('/campaigns', { ...named, packages: [pack] });
  await send(`/campaigns/${campaign}/devices`, { devices: [device] });
  await send(`/campaigns/${campaign}/start?confirm=true`, undefined);
  return {
    ...{ package: pack, device, campaign },
    query: await make('/queries', { ...named, expression: `name = "${about}"` }),
    destination: await make('/destinations', { ...named, url: 'https://hooks.example.com/' }),
    role: await make('/roles', { name, permissions: [] }),
  };
};

/** A server in memory with two accounts, for one round of fuzzing. */
export const openHouse = async (seed: number, { kindsOf, headersOf }: Signing): Promise<House> => {
  const ids = seededIds(seed);
  // Whoever waits for news does not wait here.
  const waker = createWaker((run) => {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  });
  const api = await startApi({ ids, waker }, surroundings);
  const home = await newTenant(api.context);
  const abroad = await newTenant(api.context);
  const operator = await home.person('Administrator');
  const own = await tokenFor(api.context, operator);
  const foreign = await tokenFor(api.context, await abroad.person('Administrator'));
  const administrator = await home.serverAdministrator();
  const server = await tokenFor(api.context, administrator);
  // Nobody signs this one out.
  const keeper = await tokenFor(api.context, administrator);
  const rooms = async (tenant: Tenant, about: string): Promise<Kinds> => {
    const made = await furnish(api.call, tenant.ids.account, keeper, about);
    return kindsOf({ ...tenant, ids: { ...tenant.ids, ...made } });
  };
  const [here, there] = [await rooms(home, 'ours'), await rooms(abroad, MARKER)];
  const known = new Map<string, string[]>(Object.entries(here).map(([kind, id]) => [kind, [id]]));
  const secrets: Record<Who, string | null> = {
    ...{ own, foreign, server, nobody: null },
    nonsense: `${own.slice(0, -3)}abc`,
  };
  const learn: House['learn'] = (kind, id) => {
    const list = known.get(kind) ?? [];
    known.set(kind, [...list.slice(-MOST_KEPT), id]);
  };
  let filled = 0;
  return {
    learn,
    app: api.http,
    marker: MARKER,
    headersOf: (who) => headersOf(secrets[who], who === 'foreign' ? abroad.ids.account : home.ids.account),
    idOf: (kind, number) => {
      const list = known.get(kind);
      if (list !== undefined) return list.at(-1 - (number % Math.min(FRESH, list.length))) ?? '';
      return there[kind.replace('foreign_', '')] ?? 'nothing';
    },
    renew: async () => {
      secrets.own = await tokenFor(api.context, operator);
    },
    refill: async () => {
      filled += 1;
      const made = await furnish(api.call, home.ids.account, keeper, 'ours', filled);
      const more = await kindsOf({ ...home, ids: { ...home.ids, ...made } });
      for (const [kind, id] of Object.entries(more)) if (here[kind] !== id && id !== '') learn(kind, id);
    },
    close: api.close,
  };
};
