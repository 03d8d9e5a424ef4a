import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes } from '../../../src/app/event-types.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { sampleSubscription } from '../../support/samples.ts';

let api: Api;
let destination: string;
let campaign: string;
beforeAll(async () => {
  api = await startApi();
  const body = { name: 'Pager', url: 'https://hooks.example.com/in' };
  destination = (await api.call('POST', '/destinations', { body })).body.id;
  campaign = (await api.call('POST', '/campaigns', { body: { name: 'Spring' } })).body.id;
});
afterAll(() => api.close());

const create = (given: object = {}, headers = {}) =>
  api.call('POST', '/subscriptions', { body: { destination, ...given }, headers });

describe('a new subscription', () => {
  it('is about every event of the account unless it names a campaign or types', async () => {
    const reply = await create();
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      ...{ id: expect.any(String), destination, campaign: null, wire: 'muster', topic: 'events' },
      ...{ only: [], path: '', headers: [], template: '' },
      ...{ createdBy: expect.any(String), createdAt: '2026-11-21T08:00:00.000Z', revision: 1 },
    });
    const given = {
      campaign,
      only: ['campaign-started', 'update-closed'],
      path: '/spring?a=%20b',
      headers: [{ name: 'X-Kind', value: 'ota' }],
      template: '{"text":"{{type}}"}',
    };
    const narrow = (await create(given)).body;
    expect(narrow).toMatchObject(given);
    const { items } = (await api.call('GET', '/subscriptions')).body;
    expect(items).toEqual([reply.body, narrow]);
    expect((await api.call('GET', `/subscriptions/${narrow.id}`)).body).toEqual(narrow);
  });

  it('is made once under the same key', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await create({}, headers);
    expect((await create({}, headers)).body).toEqual(first.body);
    expect((await create({ only: ['query-saved'] }, headers)).body.code).toBe('idempotency/reused');
  });

  it('names the types of events there are when it is given another', async () => {
    const reply = await create({ only: ['campaign-started', 'campaign-exploded'] });
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid']);
    expect(reply.body.detail).toContain('"campaign-exploded"');
    for (const type of eventTypes) expect(reply.body.detail).toContain(type);
  });

  it('needs a destination and a campaign that there are', async () => {
    expect((await create({ destination: 'nowhere' })).body.code).toBe('not-found');
    expect((await create({ campaign: 'nothing' })).body.code).toBe('not-found');
  });

  it.each([
    { path: 'hook' },
    { path: '/a b' },
    { path: '/a#b' },
    { path: '/ü' },
    { path: '/a\r\nHost: x' },
    { headers: [{ name: 'Host', value: 'x' }] },
  ])('cannot have %j', async (given) => {
    expectProblem(await create(given), 422);
  });
});

describe('a change', () => {
  it('is of what it names, and leaves where it goes and what it is about', async () => {
    const before = (await create({ campaign, template: '{}' })).body;
    const body = { only: ['campaign-ended'], path: '/x' };
    const after = await api.call('PATCH', `/subscriptions/${before.id}`, { body });
    expect(after.body).toEqual({ ...before, ...body, revision: 2 });
    expectProblem(await api.call('PATCH', `/subscriptions/${before.id}`, { body: { only: ['x'] } }), 422);
    expectProblem(await api.call('PATCH', `/subscriptions/${before.id}`, { body: { destination } }), 400);
  });

  it('is refused on a revision that is not the present one', async () => {
    const { id } = (await create()).body;
    for (const method of ['PATCH', 'DELETE'] as const) {
      const body = method === 'PATCH' ? {} : undefined;
      const reply = await api.call(method, `/subscriptions/${id}`, { body, headers: { 'if-match': '"9"' } });
      expect(reply.status).toBe(412);
    }
  });

  it('may be the end of it', async () => {
    const { id } = (await create()).body;
    expect((await api.call('DELETE', `/subscriptions/${id}`)).status).toBe(204);
    expect((await api.call('GET', `/subscriptions/${id}`)).status).toBe(404);
  });
});

describe('a subscription of another wire', () => {
  it('is shown, and changed there alone', async () => {
    const { key: account } = must(await api.context.store.accounts.find('DEFAULT'));
    const value = sampleSubscription(
      { id: destination },
      { wire: 'pulse', topic: 'state-change', only: ['FAILED'] },
    );
    await api.context.store.commit({ account, writes: [{ save: 'subscription', value }], events: [] });
    const shown = await api.call('GET', `/subscriptions/${value.id}`);
    expect(shown.body).toMatchObject({ wire: 'pulse', topic: 'state-change', only: ['FAILED'] });
    const path = `/subscriptions/${value.id}`;
    for (const reply of [await api.call('PATCH', path, { body: {} }), await api.call('DELETE', path)]) {
      expectProblem(reply, 422);
      expect(reply.body.detail).toContain('changed where they were made; got "pulse"');
    }
  });
});
