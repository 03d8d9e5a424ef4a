import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { upload } from '../../support/packages.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

const create = async (query: Readonly<Record<string, string>> = {}, bytes = 'abc'): Promise<string> => {
  const reply = await upload(api, bytes, { name: 'tcu', version: '1.0', ...query });
  expect(reply.status).toBe(201);
  return reply.body.id;
};

const types = async (): Promise<readonly string[]> => {
  const account = await api.context.store.accounts.find('DEFAULT');
  if (account === undefined) throw new Error('no account');
  const about = { campaign: null, device: null };
  const events = await api.context.store.events.list(account.key, about, { before: 1e9, limit: 10 });
  return events.map(({ body }) => body.type);
};

describe('a package', () => {
  it('is shown whole, with its place and revision', async () => {
    const reply = await upload(api, 'abc', [
      ['name', 'tcu'],
      ['version', '1.0'],
      ['make', 'Acme'],
      ['model', 'TCU-2'],
      ['fromVersion', '0.9'],
      ['description', 'Größe 温度 🚀'],
      ['label', 'track=beta=2'],
      ['label', 'region=eu'],
      ['fileName', 'tcu.bin'],
    ]);
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({ etag: '"1"' });
    expect(reply.headers['location']).toMatch(new RegExp(`/api/v1/packages/${reply.body.id}$`));
    expect(reply.body).toEqual({
      id: expect.any(String),
      name: 'tcu',
      version: '1.0',
      kind: 'firmware',
      make: 'Acme',
      model: 'TCU-2',
      fromVersion: '0.9',
      description: 'Größe 温度 🚀',
      labels: { track: 'beta=2', region: 'eu' },
      fileName: 'tcu.bin',
      contentType: 'application/octet-stream',
      size: 3,
      sha256: hex('sha256', 'abc'),
      sha1: hex('sha1', 'abc'),
      md5: hex('md5', 'abc'),
      archive: { form: 'opaque' },
      createdBy: expect.any(String),
      createdAt: '2026-11-21T08:00:00.000Z',
      revision: 1,
    });
    const read = await api.call('GET', `/packages/${reply.body.id}`);
    expect(read).toMatchObject({ status: 200, body: reply.body, headers: { etag: '"1"' } });
    expect(await types()).toContain('package-uploaded');
  });

  it('is listed by what it is, page by page to the end', async () => {
    const ids = [
      await create({ name: 'Brake control', make: 'Acme' }),
      await create({ name: 'brake sensor', make: 'Acme', model: 'B1', kind: 'software' }),
      await create({ name: 'radio', kind: 'file' }),
    ];
    const listed = async (query: string) =>
      (await api.call('GET', `/packages?${query}`)).body.items.map(({ id }: { id: string }) => id);
    expect(await listed('')).toEqual(ids);
    expect(await listed('text=BRAKE')).toEqual(ids.slice(0, 2));
    expect(await listed('kind=software')).toEqual(ids.slice(1, 2));
    expect(await listed('make=Acme&model=B1')).toEqual(ids.slice(1, 2));
    const first = await api.call('GET', '/packages?limit=2');
    expect(first.body.items).toHaveLength(2);
    const rest = await api.call('GET', `/packages?limit=2&cursor=${first.body.next}`);
    expect(rest.body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2));
    expect(rest.body.next).toBeNull();
  });

  it.each(['kind=hardware', 'limit=0', 'cursor=!', 'colour=red', `text=${'x'.repeat(257)}`])(
    'is not listed by %s',
    async (query) => {
      expect((await api.call('GET', `/packages?${query}`)).status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('editing a package', () => {
  it('changes what is given, clears what is null and leaves the rest and the bytes', async () => {
    const id = await create({ make: 'Acme', model: 'TCU-2', label: 'a=b', description: 'old' });
    const reply = await api.call('PATCH', `/packages/${id}`, {
      body: { version: '1.1', make: null, description: null, labels: { c: 'd' } },
      headers: { 'if-match': '"1"' },
    });
    expect(reply).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(reply.body).toMatchObject({
      ...{ name: 'tcu', version: '1.1', make: '', model: 'TCU-2', description: '', labels: { c: 'd' } },
      ...{ sha256: hex('sha256', 'abc'), revision: 2 },
    });
    expect((await api.call('GET', `/packages/${id}`)).body).toEqual(reply.body);
    expect(await types()).toContain('package-changed');
  });

  it.each([
    ['a null name', '{"name":null}'],
    ['an empty version', '{"version":""}'],
    ['a number', '{"description":5}'],
    ['an unknown kind', '{"kind":"hardware"}'],
    ['other bytes', '{"sha256":"00"}'],
    ['another file name', '{"fileName":"x"}'],
    ['a label with a control character', '{"labels":{"a\\u0000":"b"}}'],
    ['a label that is no text', '{"labels":{"a":5}}'],
    ['truncated JSON', '{"name":"x'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['too much', JSON.stringify({ description: 'x'.repeat(4097) })],
  ])('refuses %s and changes nothing', async (_, body) => {
    const id = await create();
    const reply = await api.call('PATCH', `/packages/${id}`, { body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'request/malformed' } });
    expect((await api.call('GET', `/packages/${id}`)).body.revision).toBe(1);
  });

  it('refuses what would make a twin of another package', async () => {
    const first = await create({ version: '1.0' });
    const second = await create({ version: '2.0' });
    const reply = await api.call('PATCH', `/packages/${second}`, { body: { version: '1.0' } });
    expect(reply).toMatchObject({ status: 409, body: { code: 'already-exists' } });
    expect(reply.body.detail).toContain(first);
    expect((await api.call('PATCH', `/packages/${second}`, { body: { version: '2.0' } })).status).toBe(200);
  });

  it('refuses a stale revision, for a deletion too', async () => {
    const id = await create();
    await api.call('PATCH', `/packages/${id}`, { body: { name: 'other' } });
    const stale = { headers: { 'if-match': '"1"' } };
    const edit = await api.call('PATCH', `/packages/${id}`, { body: { name: 'mine' }, ...stale });
    expect(edit).toMatchObject({ status: 412, body: { code: 'changed-meanwhile' } });
    expect((await api.call('DELETE', `/packages/${id}`, stale)).status).toBe(412);
    expect((await api.call('GET', `/packages/${id}`)).body.name).toBe('other');
  });
});

describe('deleting a package', () => {
  it('makes it unknown', async () => {
    const id = await create();
    expect((await api.call('DELETE', `/packages/${id}`)).status).toBe(204);
    expect((await api.call('GET', `/packages/${id}`)).status).toBe(404);
    expect((await api.call('GET', `/packages/${id}/bytes`)).status).toBe(404);
    expect(await types()).toContain('package-deleted');
  });

  it('is refused while a campaign may send it, and names the campaign', async () => {
    const id = await create();
    const campaign = await api.call('POST', '/campaigns', { body: { name: 'spring', packages: [id] } });
    const reply = await api.call('DELETE', `/packages/${id}`);
    expect(reply).toMatchObject({ status: 409, body: { code: 'in-use' } });
    expect(reply.body.detail).toContain(campaign.body.id);
    const users = await api.call('GET', `/packages/${id}/campaigns`);
    expect(users).toMatchObject({ status: 200, body: { items: [campaign.body.id] } });
    expect((await api.call('GET', `/packages/${id}/bytes`)).status).toBe(200);
    await api.call('DELETE', `/campaigns/${campaign.body.id}`);
    expect((await api.call('GET', `/packages/${id}/campaigns`)).body).toEqual({ items: [] });
    expect((await api.call('DELETE', `/packages/${id}`)).status).toBe(204);
  });
});

const routes = [
  ['GET', '', 'View Package'],
  ['PATCH', '', 'Edit Package'],
  ['DELETE', '', 'Delete Package'],
  ['GET', '/bytes', 'View Package'],
  ['HEAD', '/bytes', 'View Package'],
  ['GET', '/campaigns', 'View Package'],
] as const;

describe.each(routes)('%s /packages/:package%s', (method, path, permission) => {
  const call = (id: string, options: object = {}) =>
    api.call(method, `/packages/${id}${path}`, { ...(method === 'PATCH' && { body: {} }), ...options });

  it('knows another account’s package as little as one that never was', async () => {
    const id = await create();
    const account = await newTenant(api, 'OTHER');
    const theirs = await call(id, { account });
    const none = await call('never-was', { account });
    expect([theirs.status, none.status]).toEqual([404, 404]);
    const { requestId: _, ...body } = theirs.body;
    if (method !== 'HEAD') {
      expect(JSON.stringify(none.body)).toContain(JSON.stringify(body.detail.replace(id, 'never-was')));
    }
  });

  it('needs its permission', async () => {
    const id = await create();
    const others = (['View Package', 'Edit Package', 'Delete Package', 'Create Package'] as const).filter(
      (each) => each !== permission,
    );
    expect((await call(id, { as: await newGuest(api, others) })).status).toBe(403);
    expect((await call(id, { as: null })).status).toBe(401);
    expect((await call(id, { as: await newGuest(api, [permission]) })).status).toBeLessThan(300);
  });
});
