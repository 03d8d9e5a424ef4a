import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { nastyTexts, unique } from '../../support/samples.ts';

let api: Api;
let admin: string;
beforeAll(async () => {
  api = await startApi();
  admin = (await api.call('GET', '/session')).body.user?.id;
});
afterAll(() => api.close());

const newQuery = async (given: object = {}) => {
  const body = { name: unique('query'), expression: 'model = "GW-2"', ...given };
  const reply = await api.call('POST', '/queries', { body });
  expect(reply.status).toBe(201);
  return reply.body;
};

describe('POST /queries', () => {
  it('saves a query and shows it whole', async () => {
    const name = unique('query');
    const body = { name, description: 'ours', expression: 'model = "GW-2" and tag = lab' };
    const reply = await api.call('POST', '/queries', { body });
    expect(reply.status).toBe(201);
    const { id, createdBy } = reply.body;
    expect(reply.body).toEqual({
      ...body,
      id,
      createdBy,
      createdAt: '2026-11-21T08:00:00.000Z',
      revision: 1,
    });
    expect(createdBy).toBe(admin ?? createdBy);
    expect(reply.headers['etag']).toBe('"1"');
    expect(reply.headers['location']).toMatch(new RegExp(`/api/v1/queries/${id}$`));
    const read = await api.call('GET', `/queries/${id}`);
    expect(read.body).toEqual(reply.body);
    expect(read.headers['etag']).toBe('"1"');
  });

  it('refuses a name that is taken, in any case', async () => {
    const { name } = await newQuery();
    const body = { name: name.toUpperCase(), expression: '' };
    const reply = await api.call('POST', '/queries', { body });
    expect(reply.status).toBe(409);
    expect(reply.body.code).toBe('already-exists');
  });

  it('refuses an expression that is none, and says where', async () => {
    const reply = await api.call('POST', '/queries', { body: { name: unique('q'), expression: 'model = ' } });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({
      code: 'query/syntax',
      detail: expect.stringMatching(/^At character \d+: expected .*; got .*\.$/),
    });
  });

  it.each([
    ['no name', { expression: '' }, '/name'],
    ['empty name', { name: '', expression: '' }, '/name'],
    ['wrong type', { name: 'x', expression: 5 }, '/expression'],
    ['unknown field', { name: 'x', expression: '', expresion: '' }, '/expresion'],
    ['too long', { name: 'x', expression: 'x'.repeat(8193) }, '/expression'],
  ])('refuses a body with a flaw: %s', async (_, body, at) => {
    const reply = await api.call('POST', '/queries', { body });
    expect(reply.status).toBe(400);
    expect(reply.body.errors[0].at).toBe(at);
  });

  it.each([
    ['truncated', '{"name":"x"', 400],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
    ['nothing', '', 400],
    ['too large', JSON.stringify({ name: 'x'.repeat(2_000_000) }), 413],
  ])('refuses a body that is none: %s', async (_, body, status) => {
    const reply = await api.call('POST', '/queries', { body });
    expect(reply.status).toBe(status);
    expect(reply.body.status).toBe(status);
  });

  it.each(nastyTexts)('gives texts back as they came: %j', async (text) => {
    const description = text;
    const { id } = await newQuery({ description });
    expect((await api.call('GET', `/queries/${id}`)).body.description).toBe(text);
  });

  it('answers a repeat with the same query, and refuses the key for another one', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const body = { name: unique('query'), expression: '' };
    const first = await api.call('POST', '/queries', { body, headers });
    const again = await api.call('POST', '/queries', { body, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    const other = await api.call('POST', '/queries', { body: { ...body, name: unique('query') }, headers });
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency/reused');
  });
});

describe('GET /queries', () => {
  it('pages to the end without a gap or a repeat', async () => {
    const account = await newTenant(api, unique('LISTED'));
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const body = { name: `q${n}`, expression: '' };
      made.push((await api.call('POST', '/queries', { body, account })).body.id);
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null && seen.length < 20; ) {
      const path: string = `/queries?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await api.call('GET', path, { account });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next;
    }
    expect(seen).toEqual(made);
  });

  it('refuses a page that cannot be', async () => {
    expect((await api.call('GET', '/queries?limit=0')).status).toBe(400);
    expect((await api.call('GET', '/queries?order=name')).status).toBe(400);
    expect((await api.call('GET', '/queries?cursor=nonsense')).status).toBe(422);
  });
});

describe('PATCH /queries/:query', () => {
  it('changes what is given', async () => {
    const query = await newQuery({ description: 'before' });
    const reply = await api.call('PATCH', `/queries/${query.id}`, { body: { expression: 'tag = "a"' } });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ ...query, expression: 'tag = "a"', revision: 2 });
    expect(reply.headers['etag']).toBe('"2"');
    expect((await api.call('GET', `/queries/${query.id}`)).body).toEqual(reply.body);
  });

  it('honours If-Match', async () => {
    const { id } = await newQuery();
    const headers = { 'if-match': '"1"' };
    const edit = (description: string) =>
      api.call('PATCH', `/queries/${id}`, { body: { description }, headers });
    expect((await edit('first')).status).toBe(200);
    const stale = await edit('second');
    expect(stale.status).toBe(412);
    expect(stale.body.code).toBe('changed-meanwhile');
    expect((await api.call('GET', `/queries/${id}`)).body.description).toBe('first');
  });

  it('refuses what it would refuse of a new one, and changes nothing', async () => {
    const [query, other] = [await newQuery(), await newQuery()];
    const edit = (body: unknown) => api.call('PATCH', `/queries/${query.id}`, { body });
    expect((await edit({ expression: '(' })).body.code).toBe('query/syntax');
    expect((await edit({ name: other.name })).body.code).toBe('already-exists');
    expect((await edit({ id: 'mine' })).status).toBe(400);
    expect((await edit({ name: null })).status).toBe(400);
    expect((await api.call('GET', `/queries/${query.id}`)).body).toEqual(query);
  });
});

describe('DELETE /queries/:query', () => {
  it('forgets the query', async () => {
    const { id } = await newQuery();
    const stale = await api.call('DELETE', `/queries/${id}`, { headers: { 'if-match': '"2"' } });
    expect(stale.status).toBe(412);
    expect((await api.call('DELETE', `/queries/${id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE'] as const) {
      const gone = await api.call(method, `/queries/${id}`);
      expect(gone.status).toBe(404);
      expect(gone.body.code).toBe('not-found');
    }
  });
});

describe('POST /queries/preview', () => {
  const account = 'PREVIEWED';
  beforeAll(async () => {
    await newTenant(api, account);
    for (let n = 0; n < 12; n += 1) {
      const body = { id: `p${n}`, name: `n${n}`, model: n < 11 ? 'GW-2' : 'GW-3' };
      await api.call('POST', '/devices', { body, account });
    }
  });
  const preview = (body: unknown) => api.call('POST', '/queries/preview', { body, account });

  it('counts, and shows the first ten unless told otherwise', async () => {
    const reply = await preview({ expression: 'model=GW-2' });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      canonical: 'model = "GW-2"',
      terms: { join: 'and', terms: [{ field: 'model', operator: '=', values: ['GW-2'] }] },
      count: 11,
      sample: Array.from({ length: 10 }, (_, n) => ({ id: `p${n}`, name: `n${n}`, model: 'GW-2' })),
    });
    expect((await preview({ expression: '', limit: 0 })).body).toEqual({
      canonical: '*',
      terms: { join: 'and', terms: [] },
      count: 12,
      sample: [],
    });
    expect((await preview({ expression: '', limit: 100 })).body.sample).toHaveLength(12);
    expect((await preview({ expression: 'not (a = 1 or b = 2)', limit: 0 })).body.terms).toBeNull();
  });

  it('refuses an expression that is none, and a sample that is too large', async () => {
    expect((await preview({ expression: 'model ~ x' })).body.code).toBe('query/syntax');
    expect((await preview({ expression: '', limit: 101 })).status).toBe(400);
    expect((await preview({})).status).toBe(400);
  });
});

describe('who may', () => {
  it.each([
    ['View Filter Definition', 'GET', ''],
    ['View Filter Definition', 'GET', '/:id'],
    ['Create Filter Definition', 'POST', ''],
    ['Edit Filter Definition', 'PATCH', '/:id'],
    ['Delete Filter Definition', 'DELETE', '/:id'],
    ['View Device', 'POST', '/preview'],
  ] as const)('needs %s for %s /queries%s', async (permission, method, path) => {
    const { id } = await newQuery();
    const to = `/queries${path.replace(':id', id)}`;
    const bodies: Record<string, unknown> = {
      'POST ': { name: unique('q'), expression: '' },
      'POST /preview': { expression: '' },
      'PATCH /:id': { description: 'x' },
    };
    const body = bodies[`${method} ${path}`];
    const withBody = body === undefined ? {} : { body };
    const refused = await api.call(method, to, { ...withBody, as: await newGuest(api, ['View Campaign']) });
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain(`"${permission}"`);
    const allowed = await api.call(method, to, { ...withBody, as: await newGuest(api, [permission]) });
    expect(allowed.status).toBeLessThan(300);
    expect((await api.call(method, to, { ...withBody, as: null })).status).toBe(401);
  });

  it('shows another account nothing', async () => {
    const query = await newQuery();
    const account = await newTenant(api, unique('OTHER'));
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const body = method === 'PATCH' ? { body: { name: 'theirs' } } : {};
      expect((await api.call(method, `/queries/${query.id}`, { ...body, account })).status).toBe(404);
    }
    const taken = { name: query.name, expression: '' };
    expect((await api.call('POST', '/queries', { body: taken, account })).status).toBe(201);
    expect((await api.call('GET', `/queries/${query.id}`)).body).toEqual(query);
  });
});
