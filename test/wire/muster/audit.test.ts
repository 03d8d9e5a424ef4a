import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR } from '../../../src/domain/time.ts';
import { type Api, adminPassword, startApi } from '../../support/api.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { newTenant, type Tenant, tokenFor } from '../../support/tenant.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** An account of its own for each test, and somebody who may do everything in it. */
let tenant: Tenant;
let account: string;
let as: string;
beforeEach(async () => {
  tenant = await newTenant(api.context);
  account = tenant.ids.account;
  as = await tokenFor(api.context, await tenant.person('Administrator'));
  // The use of the token is told once for each hour.
  api.pass(HOUR);
  await api.call('GET', '/session', { as });
});

type Entry = { readonly n: number; readonly action: string; readonly [name: string]: unknown };

const search = async (query = ''): Promise<readonly Entry[]> =>
  (await api.call('GET', `/audit?limit=1000${query}`, { as, account })).body.items;
const actions = (entries: readonly Entry[]) => entries.map(({ action }) => action);

const emailOf = async (id: string): Promise<string> => (await api.context.store.users.find(id))?.email ?? '';

const signIn = (email: string, password: string, headers = {}) =>
  api.call('POST', '/session', { as: null, body: { email, password }, headers });

describe('the audit of what people do', () => {
  it('has who, when, from where, to which object, before and after', async () => {
    const body = { name: 'Trucks', expression: 'tag = north' };
    const headers = { 'user-agent': 'muster-cli/1' };
    const { id } = (await api.call('POST', '/queries', { as, body, headers })).body;
    await api.call('PATCH', `/queries/${id}`, { as, body: { expression: 'tag = south' }, headers });
    const [changed, created] = await search(`&object=${id}`);
    expect(created).toMatchObject({
      action: 'query-saved',
      changes: [{ before: null, after: { name: 'Trucks' } }],
    });
    expect(changed).toEqual({
      n: expect.any(Number),
      account,
      at: new Date(api.context.clock()).toISOString(),
      actor: { kind: 'user', id: expect.any(String) },
      origin: {
        wire: 'muster',
        address: '127.0.0.1',
        agent: 'muster-cli/1',
        request: expect.stringMatching(/^[0-9a-f-]{36}$/),
        token: as.split('_')[1],
      },
      action: 'query-saved',
      object: { kind: 'query', id },
      campaign: null,
      device: null,
      data: { id },
      changes: [
        {
          ...{ kind: 'query', id, hidden: [] },
          before: { expression: 'tag = north' },
          after: { expression: 'tag = south' },
        },
      ],
      previous: created?.['hash'],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('has every refusal for lack of a permission, once', async () => {
    const viewer = await tenant.person('Viewer');
    const weak = await tokenFor(api.context, viewer);
    const path = `/campaigns/${tenant.ids.campaign}/start`;
    expect((await api.call('POST', path, { as: weak })).status).toBe(403);
    const denied = await search('&action=denied');
    expect(denied).toMatchObject([
      {
        actor: { kind: 'user', id: viewer },
        object: { kind: 'route', id: 'POST /api/v1/campaigns/:campaign/start' },
        data: { permission: 'Start Campaign', params: { campaign: tenant.ids.campaign } },
      },
    ]);
  });

  it('has refusals that a use case makes', async () => {
    const keeper = await tenant.person('Identity and Access Administrator');
    const weak = await tokenFor(api.context, keeper);
    const body = { name: 'Too strong', permissions: ['Start Campaign'] };
    expect((await api.call('POST', '/roles', { as: weak, body })).status).toBe(403);
    expect(await search('&action=denied')).toMatchObject([{ data: { permission: 'Start Campaign' } }]);
  });

  it('has sign-ins, good and bad, and never a password', async () => {
    const id = await tenant.person('Viewer');
    const email = await emailOf(id);
    await signIn(email, 'a wrong password', { 'user-agent': 'browser' });
    await signIn(email, 'sample');
    const [good, bad] = await search(`&object=${id}`);
    expect(good).toMatchObject({
      action: 'signed-in',
      actor: { id },
      origin: { wire: 'muster', token: null },
    });
    expect(bad).toMatchObject({
      ...{ action: 'sign-in-failed', actor: { kind: 'user', id: '' }, origin: { agent: 'browser' } },
      data: { because: 'wrong-password', email },
    });
    expect(JSON.stringify(await search())).not.toContain('a wrong password');
  });

  it('tells a locked out and a disabled person apart', async () => {
    const [locked, disabled] = [await tenant.person('Viewer'), await tenant.person('Viewer')];
    for (let n = 0; n < 5; n += 1) await signIn(await emailOf(locked), 'wrong');
    await signIn(await emailOf(locked), 'sample');
    await api.call('PATCH', `/users/${disabled}`, { as, body: { disabled: true } });
    await signIn(await emailOf(disabled), 'sample');
    const [last] = await search(`&object=${locked}`);
    expect(last).toMatchObject({ action: 'sign-in-failed', data: { because: 'locked-out' } });
    expect((await search(`&object=${disabled}`))[0]).toMatchObject({ data: { because: 'disabled' } });
    expect(actions(await search(`&object=${locked}`))).toContain('user-locked-out');
  });

  it('tells the first account of people whom nobody knows, without what may be a password', async () => {
    const admin = await tokenFor(api.context, await tenant.serverAdministrator());
    const asAdmin = { as: admin, account: 'DEFAULT' };
    await signIn('nobody@example.com', 'x');
    await signIn('hunter2-in-the-wrong-field', 'x');
    const { items } = (await api.call('GET', '/audit?action=sign-in-failed&limit=2', asAdmin)).body;
    expect(items.map(({ data }: Entry) => data)).toEqual([
      { because: 'unknown' },
      { because: 'unknown', email: 'nobody@example.com' },
    ]);
  });

  it('has the use of a token once in an hour', async () => {
    const { body } = await api.call('POST', '/tokens', { as, body: { name: 'build' } });
    for (let n = 0; n < 3; n += 1) await api.call('GET', '/session', { as: body.token });
    expect(await search(`&action=token-used&object=${body.id}`)).toHaveLength(1);
    api.pass(HOUR);
    for (let n = 0; n < 3; n += 1) await api.call('GET', '/session', { as: body.token });
    const used = await search(`&action=token-used&object=${body.id}`);
    expect(used).toHaveLength(2);
    expect(used[0]).toMatchObject({ data: { kind: 'api' }, origin: { token: body.id } });
  });

  it('has tokens that have expired, with whose they were, once for each address and hour', async () => {
    const id = await tenant.person('Viewer');
    const expiresAt = api.context.clock() + 1_000;
    const expiring = await tokenFor(api.context, id, { expiresAt });
    expect((await api.call('GET', '/session', { as: expiring })).status).toBe(200);
    api.pass(1_000);
    for (let n = 0; n < 3; n += 1) {
      expect((await api.call('GET', '/session', { as: expiring })).status).toBe(401);
    }
    const token = expiring.split('_')[1];
    const refused = await search('&action=token-refused');
    expect(refused).toMatchObject([
      {
        ...{ actor: { kind: 'user', id }, object: { kind: 'token', id: token } },
        ...{ data: { because: 'expired' }, origin: { address: '127.0.0.1', token, wire: 'muster' } },
      },
    ]);
    api.pass(HOUR);
    await api.call('GET', '/session', { as: expiring });
    expect(await search('&action=token-refused')).toHaveLength(2);
  });

  it('tells the first account of tokens that nobody knows, once for each hour, and not what was shown', async () => {
    const asAdmin = {
      as: await tokenFor(api.context, await tenant.serverAdministrator()),
      account: 'DEFAULT',
    };
    const told = async (): Promise<readonly Entry[]> =>
      (await api.call('GET', '/audit?action=token-refused&limit=1000', asAdmin)).body.items;
    const before = (await told()).length;
    const wellFormed = as.replace(/.{8}$/, 'x_000000');
    for (const shown of ['hunter2', wellFormed, 'hunter3']) {
      expect((await api.call('GET', '/session', { as: shown })).status).toBe(401);
    }
    expect((await told()).length).toBe(before + 1);
    const [last] = await told();
    expect(last).toMatchObject({
      ...{ actor: { kind: 'user', id: '' }, object: { kind: 'token', id: '' } },
      ...{ data: { because: 'invalid' }, origin: { address: '127.0.0.1', token: null } },
    });
    expect(JSON.stringify(last)).not.toContain('hunter');
  });

  it('has who tried a destination, and who had messages sent again', async () => {
    const { destination, delivery } = tenant.ids;
    const range = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
    await api.call('POST', `/destinations/${destination}/test`, { as });
    await api.call('POST', `/deliveries/${delivery}/replay`, { as });
    await api.call('POST', `/destinations/${destination}/replay`, { as, body: range });
    expect((await search(`&object=${destination}`)).toReversed()).toMatchObject([
      { action: 'destination-tested' },
      { action: 'deliveries-replayed', data: { delivery } },
      { action: 'deliveries-replayed', data: { ...range, statuses: ['dead'] } },
    ]);
  });

  it('has what people do over other wires', async () => {
    const email = await emailOf(await tenant.person('Administrator'));
    const basic = `Basic ${Buffer.from(`${email}:sample`).toString('base64')}`;
    const opened = await api.call('GET', '/api/tokens', { as: null, headers: { authorization: basic } });
    expect(opened.status).toBe(200);
    const [last] = await search('&action=signed-in');
    expect(last).toMatchObject({ origin: { wire: 'pulse' } });
  });

  it('has the roles that somebody had before', async () => {
    const id = await tenant.person('Viewer');
    const auditor = tenant.roleIds['Auditor'];
    await api.call('PATCH', `/users/${id}`, { as, body: { roleIds: [auditor] } });
    const [changed] = await search(`&object=${id}`);
    expect(changed).toMatchObject({
      action: 'user-changed',
      changes: [{ before: { roleIds: [tenant.roleIds['Viewer']] }, after: { roleIds: [auditor] } }],
    });
  });
});

describe('GET /audit', () => {
  it('finds by actor, action, object, time and text, and pages newest first', async () => {
    const begun = api.context.clock();
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
      api.pass(1_000);
      await api.call('POST', '/queries', { as, body: { name, expression: 'tag = north' } });
    }
    const at = (seconds: number) => new Date(begun + seconds * 1_000).toISOString();
    const named = (entries: readonly Entry[]) =>
      entries.map(({ changes }) => (changes as { after: { name: string } }[])[0]?.after.name);
    expect(named(await search('&action=query-saved'))).toEqual(['Gamma', 'Beta', 'Alpha']);
    expect(named(await search('&action=query-saved&text=BETA'))).toEqual(['Beta']);
    expect(named(await search(`&action=query-saved&from=${at(2)}`))).toEqual(['Gamma', 'Beta']);
    expect(named(await search(`&action=query-saved&to=${at(2)}`))).toEqual(['Alpha']);
    expect(await search('&actor=nobody')).toEqual([]);
    const { id } = (await api.call('GET', '/session', { as })).body.user;
    expect(named(await search(`&actor=${id}&action=query-saved`))).toHaveLength(3);
    const first = (await api.call('GET', '/audit?action=query-saved&limit=2', { as })).body;
    expect(named(first.items)).toEqual(['Gamma', 'Beta']);
    const second = (await api.call('GET', `/audit?action=query-saved&limit=2&cursor=${first.next}`, { as }))
      .body;
    expect(named(second.items)).toEqual(['Alpha']);
    expect(second.next).toBeNull();
  });

  it('shows nothing of another account', async () => {
    const other = await newTenant(api.context);
    const stranger = await tokenFor(api.context, await other.person('Administrator'));
    await api.call('POST', '/queries', { as, body: { name: 'Ours', expression: 'tag = north' } });
    const { items } = (await api.call('GET', '/audit?limit=1000', { as: stranger })).body;
    expect(JSON.stringify(items)).not.toContain('Ours');
  });
});

describe('GET /audit/export', () => {
  const exported = async (format: string): Promise<string> => {
    const { body, status, headers } = await api.call('GET', `/audit/export?format=${format}`, { as });
    expect(status).toBe(200);
    expect(headers['content-disposition']).toContain(`audit.${format}`);
    return Buffer.from(body).toString();
  };

  it('gives lines of JSON that can be verified by themselves', async () => {
    await api.call('POST', '/queries', { as, body: { name: 'One', expression: 'tag = north' } });
    const lines = (await exported('jsonl')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    let previous = '0'.repeat(64);
    for (const [index, line] of lines.entries()) {
      const hashed = line.replace(/,"hash":"[0-9a-f]{64}"\}$/, '}');
      const entry = JSON.parse(line);
      expect(entry).toMatchObject({ n: index + 1, previous, hash: api.context.hashing.sha256(hashed) });
      previous = entry.hash;
    }
  });

  it('gives CSV in which no text becomes a formula', async () => {
    const { id } = (await api.call('GET', '/session', { as })).body.user;
    await api.call('POST', '/queries', {
      as,
      body: { name: 'A, "B"', expression: 'tag = north' },
      headers: { 'user-agent': '=cmd|calc' },
    });
    const [head, ...lines] = (await exported('csv')).trimEnd().split('\r\n');
    expect(head).toMatch(/^n,at,actorKind,actor,token,wire,address,agent,request,action,/);
    const saved = lines.find((line) => line.includes('query-saved'));
    expect(saved).toContain(`user,${id},`);
    expect(saved).toContain(",'=cmd|calc,");
  });

  it('is told itself, without the text that was looked for', async () => {
    await api.call('GET', '/audit/export?format=jsonl&text=hunter2', { as });
    expect(await search('&action=audit-exported')).toMatchObject([
      { object: { kind: 'audit', id: account }, data: { format: 'jsonl', searched: true } },
    ]);
    expect(await search('&text=hunter2')).toEqual([]);
  });
});

describe('GET /audit/verify', () => {
  it('says how long the chain is and where it ends, and takes that as a checkpoint later', async () => {
    await api.call('POST', '/queries', { as, body: { name: 'One', expression: 'tag = north' } });
    const first = (await api.call('GET', '/audit/verify', { as })).body;
    expect(first).toMatchObject({ intact: true, entries: first.head.n, broken: null });
    await api.call('POST', '/queries', { as, body: { name: 'Two', expression: 'tag = north' } });
    const { n, hash } = first.head;
    const again = (await api.call('GET', `/audit/verify?n=${n}&hash=${hash}`, { as })).body;
    expect(again).toMatchObject({ intact: true, entries: n + 1 });
    const other = (await api.call('GET', `/audit/verify?n=${n}&hash=${'f'.repeat(64)}`, { as })).body;
    expect(other).toMatchObject({ intact: false, head: null, broken: { n } });
  });

  it('wants a number with a hash', async () => {
    expectProblem(await api.call('GET', '/audit/verify?n=1', { as }), 422);
  });
});

it('keeps what happens in the first account in a chain of its own', async () => {
  const admin = await tokenFor(api.context, await tenant.serverAdministrator());
  const asAdmin = { as: admin, account: 'DEFAULT' };
  const { body } = await api.call('GET', '/audit/verify', asAdmin);
  expect(body).toMatchObject({ intact: true });
  const found = await api.call('GET', `/audit?text=${encodeURIComponent(adminPassword)}`, asAdmin);
  expect(found.body).toEqual({ items: [], next: null });
});
