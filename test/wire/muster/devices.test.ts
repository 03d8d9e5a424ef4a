import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { ada, NOON, nastyTexts, sampleCampaign, sampleDevice, unique } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const created = async (body: object = {}) => {
  const reply = await api.call('POST', '/devices', { body });
  expect(reply.status).toBe(201);
  return reply.body;
};

const storedAccount = async (id = 'DEFAULT') => {
  const account = await api.context.store.accounts.find(id);
  if (account === undefined) throw new Error(`no account ${id}`);
  return account;
};

const lastEvent = async () => {
  const { key } = await storedAccount();
  const page = { before: Number.MAX_SAFE_INTEGER, limit: 1 };
  const about = { campaign: null, device: null };
  return (await api.context.store.events.list(key, about, page))[0];
};

describe('POST /devices', () => {
  it('registers a device and shows it whole', async () => {
    const reply = await api.call('POST', '/devices', {
      body: {
        id: 'urn:imei:356938035643809',
        name: 'Pump 7',
        make: 'Acme',
        model: 'GW-2',
        protocol: 'lwm2m',
        timeZone: 'Europe/Berlin',
        tags: ['lab', 'b', 'lab'],
        versions: { firmware: '1.2', boot: '0.9' },
        attributes: { site: 'oslo', floor: 3.5, indoor: true },
      },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: '356938035643809',
      name: 'Pump 7',
      make: 'Acme',
      model: 'GW-2',
      protocol: 'lwm2m',
      timeZone: 'Europe/Berlin',
      tags: ['b', 'lab'],
      versions: { firmware: '1.2', boot: '0.9' },
      attributes: { site: 'oslo', floor: 3.5, indoor: true },
      standing: 'accepted',
      autoConfirm: null,
      attributesDue: true,
      lastSeenAt: null,
      createdAt: '2026-11-21T08:00:00.000Z',
      revision: 1,
    });
    expect(reply.headers['etag']).toBe('"1"');
    expect(reply.headers['location']).toMatch(/\/api\/v1\/devices\/356938035643809$/);
    expect((await lastEvent())?.body).toEqual({ type: 'device-registered', id: '356938035643809' });
    for (const id of ['356938035643809', 'urn:imei:356938035643809']) {
      expect((await api.call('GET', `/devices/${id}`)).body).toEqual(reply.body);
    }
  });

  it('makes up a UUID and leaves empty what nobody said', async () => {
    const device = await created();
    expect(device.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(device).toMatchObject({ name: '', protocol: 'ddi', timeZone: 'UTC', tags: [], attributes: {} });
  });

  it.each(nastyTexts)('gives every text back as it came: %j', async (text) => {
    const line = text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 256);
    const short = line === '' ? 'x' : line;
    const given = {
      name: line,
      make: line,
      model: line,
      tags: [short],
      versions: { [short]: line },
      attributes: { [short]: text },
    };
    const { id } = await created(given);
    expect((await api.call('GET', `/devices/${id}`)).body).toMatchObject(given);
  });

  it('refuses an id that is taken', async () => {
    const { id } = await created();
    const reply = await api.call('POST', '/devices', { body: { id, name: 'other' } });
    expect(reply.status).toBe(409);
    expect(reply.body.code).toBe('already-exists');
    expect((await api.call('GET', `/devices/${id}`)).body.name).toBe('');
  });

  it.each([
    ['wrong type', { name: 7 }, '/name'],
    ['unknown field', { nmae: 'x' }, '/nmae'],
    ['unknown protocol', { protocol: 'smoke' }, '/protocol'],
    ['text too long', { make: 'm'.repeat(257) }, '/make'],
    ['line break', { name: 'a\nb' }, '/name'],
    ['NUL', { attributes: { a: 'a\u0000b' } }, '/attributes/a'],
    ['nested attribute', { attributes: { a: {} } }, '/attributes/a'],
    ['null attribute', { attributes: { a: null } }, '/attributes/a'],
    ['null name', { name: null }, '/name'],
    ['too many tags', { tags: Array.from({ length: 65 }, (_, n) => `${n}`) }, '/tags'],
    ['empty attribute name', { attributes: { '': 1 } }, '/attributes'],
    ['not an object', [], '/'],
  ])('refuses a body with a flaw: %s', async (_, body, at) => {
    const reply = await api.call('POST', '/devices', { body });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('request/malformed');
    expect(reply.body.errors[0].at).toBe(at);
  });

  it('refuses numbers that no number can hold', async () => {
    const reply = await api.call('POST', '/devices', { body: '{"attributes":{"a":1e999}}' });
    expect(reply.status).toBe(400);
  });

  it.each([
    ['id', { id: 'a/b' }],
    ['id', { id: '..' }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
  ])('refuses a value that cannot be: %s', async (field, body) => {
    const reply = await api.call('POST', '/devices', { body });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({
      code: 'invalid',
      detail: expect.stringMatching(new RegExp(`^${field}`)),
    });
  });

  it.each([
    ['truncated', '{"name":"x"'],
    ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['a key twice', '{"name":"x","name":"y"}'],
    ['half a surrogate pair', '{"attributes":{"a":"\\ud800"}}'],
    ['__proto__', '{"attributes":{"__proto__":1}}'],
  ])('refuses a body that is not JSON as we take it: %s', async (_, body) => {
    const reply = await api.call('POST', '/devices', { body });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('request/malformed');
  });

  it('refuses a body that is too large', async () => {
    const reply = await api.call('POST', '/devices', { body: { name: 'x'.repeat(2_000_000) } });
    expect(reply.status).toBe(413);
    expect(reply.body.code).toBe('request/too-large');
  });

  it.each(['text/csv', 'application/x-ndjson', 'text/plain', 'nonsense'])(
    'refuses a body of type %s',
    async (type) => {
      const headers = { 'content-type': type };
      const reply = await api.call('POST', '/devices', { body: '{}', headers });
      expect(reply.status).toBe(415);
      expect(reply.body.code).toBe('request/unsupported-media-type');
    },
  );

  it('answers a repeat with the same device, and refuses the key for another one', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const first = await api.call('POST', '/devices', { body: { name: 'once' }, headers });
    const again = await api.call('POST', '/devices', { body: { name: 'once' }, headers });
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect((await api.call('GET', '/device-count?where=name%3Donce')).body).toEqual({ count: 1 });
    const other = await api.call('POST', '/devices', { body: { name: 'twice' }, headers });
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency/reused');
  });
});

describe('GET /devices', () => {
  const account = 'LISTED';
  beforeAll(async () => {
    await newTenant(api, account);
    for (let n = 0; n < 7; n += 1) {
      const body = { id: `d${n}`, model: n < 3 ? 'GW-1' : 'GW-2', versions: { firmware: `1.${n + 5}` } };
      await api.call('POST', '/devices', { body, account });
    }
  });
  const list = (query: string) => api.call('GET', `/devices${query}`, { account });
  const count = (query: string) => api.call('GET', `/device-count${query}`, { account });
  const idsOf = (reply: { body: { items: { id: string }[] } }) => reply.body.items.map(({ id }) => id);

  it('pages to the end without a gap or a repeat', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const reply: Awaited<ReturnType<typeof list>> = await list(
        `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(reply.status).toBe(200);
      seen.push(...idsOf(reply));
      cursor = reply.body.next;
    }
    expect(seen).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']);
  });

  it('goes to any place at once, and on from there', async () => {
    expect(idsOf(await list('?offset=5'))).toEqual(['d5', 'd6']);
    const middle = await list('?offset=2&limit=2');
    expect(idsOf(middle)).toEqual(['d2', 'd3']);
    expect(idsOf(await list(`?cursor=${middle.body.next}`))).toEqual(['d4', 'd5', 'd6']);
    expect((await list('?offset=5&limit=2')).body.next).toBeNull();
    expect((await list('?offset=99')).body).toEqual({ items: [], next: null });
    const where = `where=${encodeURIComponent('model = "GW-2"')}`;
    expect(idsOf(await list(`?offset=1&limit=1&${where}`))).toEqual(['d4']);
    expect(idsOf(await list(`?offset=1&limit=1&cursor=${middle.body.next}`))).toEqual(['d5']);
  });

  it('has marks, from which every place of the list is reached', async () => {
    const where = encodeURIComponent('model = "GW-2"');
    for (const [filter, ids] of [
      ['', ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']],
      [`where=${where}`, idsOf(await list(`?where=${where}`))],
    ] as const) {
      const { total, marks } = (await api.call('GET', `/device-marks?${filter}`, { account })).body;
      expect(total).toBe(ids.length);
      for (const [place, id] of ids.entries()) {
        const mark = marks.findLast((one: { place: number }) => one.place <= place);
        const way = `cursor=${mark.cursor}&offset=${place - mark.place}&limit=1`;
        expect(idsOf(await list(`?${way}&${filter}`))).toEqual([id]);
      }
    }
  });

  it('filters by an expression, and counts the same', async () => {
    const where = `where=${encodeURIComponent('model = "GW-2" and version >= 1.10')}`;
    expect(idsOf(await list(`?${where}`))).toEqual(['d5', 'd6']);
    expect((await count(`?${where}`)).body).toEqual({ count: 2 });
    expect((await count('')).body).toEqual({ count: 7 });
    expect((await count('?where=')).body).toEqual({ count: 7 });
  });

  it('filters by a saved query', async () => {
    const body = { name: unique('query'), expression: 'model = "GW-1"' };
    const saved = await api.call('POST', '/queries', { body, account });
    expect(idsOf(await list(`?query=${saved.body.id}`))).toEqual(['d0', 'd1', 'd2']);
    expect((await count(`?query=${saved.body.id}`)).body).toEqual({ count: 3 });
    const elsewhere = await api.call('GET', `/devices?query=${saved.body.id}`);
    expect(elsewhere.status).toBe(404);
    expect(elsewhere.body.code).toBe('not-found');
  });

  it.each(['/devices', '/device-count'])('refuses a filter that cannot be (%s)', async (path) => {
    const ask = (query: string) => api.call('GET', `${path}${query}`, { account });
    const syntax = await ask(`?where=${encodeURIComponent('model = ')}`);
    expect(syntax.status).toBe(422);
    expect(syntax.body.code).toBe('query/syntax');
    expect((await ask(`?where=a%3D1&query=x`)).body.code).toBe('invalid');
    expect((await ask(`?query=nobody`)).body.code).toBe('not-found');
    expect((await ask(`?sort=id`)).status).toBe(400);
  });

  it.each(['?limit=0', '?limit=1001', '?limit=x'])('refuses a page that cannot be: %s', async (query) => {
    expect((await list(query)).status).toBe(400);
  });

  it('refuses a cursor that is none of ours', async () => {
    expect((await list('?cursor=abc')).status).toBe(422);
  });
});

describe('PATCH /devices/:device', () => {
  it('changes what is given, clears what is null, and takes names out', async () => {
    const { id } = await created({
      ...{ name: 'a', make: 'm', timeZone: 'Europe/Oslo', tags: ['x'] },
      ...{ versions: { firmware: '1', boot: '2' }, attributes: { a: 1, b: 'two' } },
    });
    const reply = await api.call('PATCH', `/devices/${id}`, {
      body: {
        name: 'b',
        make: null,
        timeZone: null,
        tags: null,
        versions: { boot: null },
        attributes: { a: false },
      },
    });
    expect(reply.status).toBe(200);
    expect(reply.headers['etag']).toBe('"2"');
    expect(reply.body).toMatchObject({
      ...{ name: 'b', make: '', timeZone: 'UTC', tags: [], revision: 2 },
      ...{ versions: { firmware: '1' }, attributes: { a: false, b: 'two' } },
    });
    expect(reply.body.versions).not.toHaveProperty('boot');
    expect((await api.call('GET', `/devices/${id}`)).body).toEqual(reply.body);
    expect((await lastEvent())?.body).toEqual({
      type: 'device-changed',
      fields: ['name', 'make', 'timeZone', 'tags', 'versions', 'attributes'],
    });
  });

  it('writes nothing when nothing changes', async () => {
    const { id } = await created({ name: 'same' });
    const before = await lastEvent();
    const reply = await api.call('PATCH', `/devices/${id}`, {
      body: { name: 'same', attributes: { x: null } },
    });
    expect(reply.body.revision).toBe(1);
    expect(await lastEvent()).toEqual(before);
  });

  it('honours If-Match', async () => {
    const { id } = await created();
    const edit = (revision: string, name: string) =>
      api.call('PATCH', `/devices/${id}`, { body: { name }, headers: { 'if-match': revision } });
    expect((await edit('"1"', 'first')).status).toBe(200);
    const stale = await edit('"1"', 'second');
    expect(stale.status).toBe(412);
    expect(stale.body.code).toBe('changed-meanwhile');
    expect((await edit('soon', 'third')).status).toBe(422);
    expect((await api.call('GET', `/devices/${id}`)).body.name).toBe('first');
  });

  it.each([{ id: 'other' }, { protocol: null }, { attributes: null }, { revision: 3 }, { tags: 'x' }])(
    'refuses a flaw: %j',
    async (body) => {
      const { id } = await created();
      expect((await api.call('PATCH', `/devices/${id}`, { body })).status).toBe(400);
    },
  );

  it('refuses more attributes than a device may have, and changes nothing', async () => {
    const many = (from: number) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`a${n + from}`, n]));
    const { id } = await created({ attributes: many(0) });
    const reply = await api.call('PATCH', `/devices/${id}`, { body: { attributes: many(200) } });
    expect(reply.status).toBe(422);
    expect((await api.call('GET', `/devices/${id}`)).body).toMatchObject({ revision: 1 });
  });
});

describe('DELETE /devices/:device', () => {
  it('forgets the device', async () => {
    const { id } = await created();
    const stale = await api.call('DELETE', `/devices/${id}`, { headers: { 'if-match': '"9"' } });
    expect(stale.status).toBe(412);
    expect((await api.call('DELETE', `/devices/${id}`)).status).toBe(204);
    expect((await lastEvent())?.body).toEqual({ type: 'device-deleted', id });
    expect((await api.call('GET', `/devices/${id}`)).status).toBe(404);
    expect((await api.call('DELETE', `/devices/${id}`)).status).toBe(404);
  });

  it('is refused while an update is open, and not once it is closed', async () => {
    const { store } = api.context;
    const { id } = await created();
    const account = (await storedAccount()).key;
    const campaign = sampleCampaign();
    await store.commit({ account, writes: [{ save: 'campaign', value: campaign }], events: [] });
    const key = (await store.campaigns.find(account, campaign.id))?.key;
    if (key === undefined) throw new Error('no campaign');
    const bulk = { account, campaign: key, actor: ada, now: NOON, by: 'ids', deviceIds: [id] } as const;
    await store.updates.add({ ...bulk, again: false });
    const reply = await api.call('DELETE', `/devices/${id}`);
    expect(reply.status).toBe(409);
    expect(reply.body).toMatchObject({ code: 'in-use', detail: expect.stringContaining(campaign.id) });
    const ending = { outcome: 'cancelled', reason: 'campaign-cancelled', message: '', recall: [] } as const;
    await store.updates.close({ ...bulk, ...ending });
    expect((await api.call('DELETE', `/devices/${id}`)).status).toBe(204);
  });
});

describe('the state of a device', () => {
  /** A device that registered itself and answered what it was asked. */
  const waiting = async (): Promise<string> => {
    const { key: account } = await storedAccount();
    const value = sampleDevice({ standing: 'waiting', attributesDue: false });
    await api.context.store.commit({ account, writes: [{ save: 'device', value }], events: [] });
    return value.id;
  };
  const read = async (id: string) => (await api.call('GET', `/devices/${id}`)).body;

  it('lets a device in that waits, once', async () => {
    const id = await waiting();
    expect(await read(id)).toMatchObject({ standing: 'waiting', revision: 1 });
    const reply = await api.call('POST', `/devices/${id}/accept`);
    expect(reply).toMatchObject({ status: 200, body: { standing: 'accepted', revision: 2 } });
    expect(reply.headers['etag']).toBe('"2"');
    const last = await lastEvent();
    expect(last?.body).toEqual({ type: 'device-accepted' });
    expect(last?.actor).toMatchObject({ kind: 'user' });
    expect((await api.call('POST', `/devices/${id}/accept`)).body).toEqual(reply.body);
    expect(await lastEvent()).toEqual(last);
    expect(await read(id)).toEqual(reply.body);
  });

  it('keeps who agreed to every update in advance, until nobody does', async () => {
    const { id } = await created();
    const set = (body: object) => api.call('PUT', `/devices/${id}/auto-confirm`, { body });
    const agreed = await set({ active: true, remark: 'in the lab' });
    const at = new Date(api.context.clock()).toISOString();
    expect(agreed.body).toMatchObject({
      autoConfirm: { by: expect.any(String), remark: 'in the lab', at },
      revision: 2,
    });
    expect((await lastEvent())?.body).toEqual({ type: 'device-auto-confirm-set', active: true });
    api.pass(1_000);
    expect((await set({ active: true, remark: 'in the lab' })).body).toEqual(agreed.body);
    expect((await set({ active: true })).body).toMatchObject({ autoConfirm: { remark: '' }, revision: 3 });
    expect((await set({ active: false })).body).toMatchObject({ autoConfirm: null, revision: 4 });
    expect((await lastEvent())?.body).toEqual({ type: 'device-auto-confirm-set', active: false });
    expect((await set({ active: false })).body.revision).toBe(4);
  });

  it('asks for attributes once more', async () => {
    const id = await waiting();
    expect(await read(id)).toMatchObject({ attributesDue: false });
    const asked = await api.call('POST', `/devices/${id}/ask-attributes`);
    expect(asked).toMatchObject({ status: 200, body: { attributesDue: true, revision: 2 } });
    expect((await lastEvent())?.body).toEqual({ type: 'device-changed', fields: ['attributesDue'] });
    expect((await api.call('POST', `/devices/${id}/ask-attributes`)).body).toEqual(asked.body);
  });

  it('is not changed by an edit, nor by an import', async () => {
    const id = await waiting();
    await api.call('PUT', `/devices/${id}/auto-confirm`, { body: { active: true } });
    const before = await read(id);
    await api.call('PATCH', `/devices/${id}`, { body: { name: 'other' } });
    const body = `${JSON.stringify({ id, model: 'X-9' })}\n`;
    await api.call('POST', '/devices/import', { body, headers: { 'content-type': 'application/x-ndjson' } });
    const { standing, autoConfirm, attributesDue } = before;
    const expected = { name: 'other', model: 'X-9', standing, autoConfirm, attributesDue };
    expect(await read(id)).toMatchObject(expected);
    expect((await api.call('PATCH', `/devices/${id}`, { body: { standing: 'accepted' } })).status).toBe(400);
  });

  it.each([
    ['no word', {}],
    ['a number', { active: 1 }],
    ['a remark with a line break', { active: true, remark: 'a\nb' }],
    ['a remark too long', { active: true, remark: 'x'.repeat(257) }],
    ['an unknown field', { active: true, by: 'me' }],
    ['truncated JSON', '{"active":'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff])],
  ])('is not set by %s', async (_, body) => {
    const { id } = await created();
    expect((await api.call('PUT', `/devices/${id}/auto-confirm`, { body })).status).toBe(400);
    expect(await read(id)).toMatchObject({ autoConfirm: null, revision: 1 });
  });

  it('is of devices that are there', async () => {
    const ask = (path: string) => api.call('POST', `/devices/nobody/${path}`);
    expect([(await ask('accept')).status, (await ask('ask-attributes')).status]).toEqual([404, 404]);
    const set = await api.call('PUT', '/devices/nobody/auto-confirm', { body: { active: true } });
    expect(set).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe('who may', () => {
  const calls = [
    ['View Device', 'GET', ''],
    ['View Device', 'GET', '/:id'],
    ['Create Device', 'POST', ''],
    ['Edit Device', 'PATCH', '/:id'],
    ['Delete Device', 'DELETE', '/:id'],
    ['Edit Device', 'POST', '/:id/accept'],
    ['Edit Device', 'PUT', '/:id/auto-confirm'],
    ['Edit Device', 'POST', '/:id/ask-attributes'],
  ] as const;

  it.each(calls)('needs %s for %s /devices%s', async (permission, method, path) => {
    const { id } = await created();
    const withBody =
      method === 'PUT'
        ? { body: { active: true } }
        : path === '' || method === 'PATCH'
          ? { ...(method !== 'GET' && { body: {} }) }
          : {};
    const others = (['View Device', 'Create Device', 'Edit Device', 'Delete Device'] as const).filter(
      (other) => other !== permission,
    );
    const to = `/devices${path.replace(':id', id)}`;
    const refused = await api.call(method, to, { ...withBody, as: await newGuest(api, others) });
    expect(refused.status).toBe(403);
    expect(refused.body.code).toBe('forbidden');
    const allowed = await api.call(method, to, { ...withBody, as: await newGuest(api, [permission]) });
    expect(allowed.status).toBeLessThan(300);
    expect((await api.call(method, to, { ...withBody, as: null })).status).toBe(401);
  });

  it('shows another account nothing, not even that it is there', async () => {
    const { id } = await created({ name: 'ours' });
    const account = await newTenant(api, unique('OTHER'));
    const as = await newGuest(api, ['View Device', 'Edit Device', 'Delete Device'], account);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const body = method === 'PATCH' ? { body: { name: 'theirs' } } : {};
      const theirs = await api.call(method, `/devices/${id}`, { ...body, as });
      const random = await api.call(method, `/devices/no-such-device`, { ...body, as });
      expect(theirs.status).toBe(404);
      const text = (reply: typeof theirs, of: string) =>
        JSON.stringify({ ...reply.body, requestId: '' }).replaceAll(of, 'ID');
      expect(text(theirs, id)).toBe(text(random, 'no-such-device'));
    }
    expect((await api.call('GET', '/devices', { as })).body).toEqual({ items: [], next: null });
    expect((await api.call('GET', `/devices/${id}`)).body.name).toBe('ours');
  });
});
