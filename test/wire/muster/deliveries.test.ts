import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeliverer } from '../../../src/app/deliver.ts';
import type { Delivery } from '../../../src/app/delivery-records.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { accepted, answered, fakePush } from '../../support/fake-push.ts';
import { sampleDelivery, sampleDestination, sampleSubscription } from '../../support/samples.ts';

let down = false;
const push = fakePush(() => (down ? answered(500) : accepted));
let api: Api;
const apis: Api[] = [];
afterAll(() => Promise.all(apis.map((one) => one.close())));

/** An API with a destination that has one attempt for each delivery, and what sends it. */
const start = async () => {
  api = await startApi({ push });
  apis.push(api);
  const { store, clock, hashing } = api.context;
  const account = must(await store.accounts.find('DEFAULT')).key;
  const destination = sampleDestination({ retry: { interval: 1_000, attempts: 1, within: 1_000 } });
  const subscription = sampleSubscription(destination);
  const campaign = (await api.call('POST', '/campaigns', { body: { name: 'Spring' } })).body.id;
  const device = (await api.call('POST', '/devices', { body: { id: 'gw-1' } })).body.id;
  await store.commit({
    account,
    writes: [
      { save: 'destination', value: destination },
      { save: 'subscription', value: subscription },
    ],
    events: [],
  });
  const keys = {
    campaign: must(await store.campaigns.find(account, campaign)).key,
    device: must(await store.devices.find(account, device)).key,
  };
  const add = async (given: Partial<Delivery> = {}): Promise<string> => {
    const now = clock();
    const value = sampleDelivery(subscription, { createdAt: now, dueAt: now, ...given });
    await store.deliveries.add(account, [value]);
    return value.id;
  };
  const deliver = async (): Promise<void> => {
    const report = (error: unknown) => expect.unreachable(String(error));
    const deliverer = createDeliverer({
      store,
      clock,
      hashing,
      push,
      wake: () => undefined,
      report,
      pause: async () => undefined,
    });
    while (await deliverer.next());
    await deliverer.idle();
  };
  return { add, deliver, destination, subscription, campaign, device, keys };
};

let started: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  down = false;
  started = await start();
});

const list = async (query: string): Promise<readonly string[]> => {
  const { status, body } = await api.call('GET', `/deliveries${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.items.map(({ id }: { id: string }) => id);
};

describe('the list of deliveries', () => {
  it('begins with the newest, page by page', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift(await started.add());
    expect(await list('')).toEqual(made);
    const first = (await api.call('GET', '/deliveries?limit=3')).body;
    const rest = (await api.call('GET', `/deliveries?limit=3&cursor=${first.next}`)).body;
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(made);
    expect(rest.next).toBeNull();
  });

  it('shows how each stands, and its last attempt', async () => {
    const delivered = await started.add();
    await started.deliver();
    down = true;
    const dead = await started.add();
    await started.deliver();
    const waiting = await started.add({ dueAt: api.context.clock() + 60_000 });
    const { items } = (await api.call('GET', '/deliveries')).body;
    const common = {
      ...{ destination: started.destination.id, subscription: started.subscription.id },
      ...{ event: 'campaign-started', seq: 1, createdAt: '2026-11-21T08:00:00.000Z' },
    };
    const sentAs = (id: string) => ({
      ...{ at: '2026-11-21T08:00:00.000Z', tookMilliseconds: 3, url: started.destination.url },
      headers: expect.objectContaining({ 'webhook-id': id, 'webhook-signature': expect.any(String) }),
    });
    const due = '2026-11-21T08:01:00.000Z';
    const problem = 'expected a status from 200 to 299, got 500';
    const failed = { ...sentAs(dead), status: 500, answer: 'no', problem };
    const worked = { ...sentAs(delivered), status: 204, answer: '', problem: '' };
    expect(items).toEqual([
      { ...common, id: waiting, status: 'waiting', tries: 0, nextAttemptAt: due, lastAttempt: null },
      { ...common, id: dead, status: 'dead', tries: 1, nextAttemptAt: null, lastAttempt: failed },
      { ...common, id: delivered, status: 'delivered', tries: 1, nextAttemptAt: null, lastAttempt: worked },
    ]);
  });

  it('can be of a destination, a campaign, a status, a range of time', async () => {
    const first = await started.add({ campaign: started.keys.campaign });
    await started.deliver();
    api.pass(60_000);
    const second = await started.add();
    expect(await list(`?destination=${started.destination.id}`)).toEqual([second, first]);
    expect(await list('?destination=nowhere')).toEqual([]);
    expect(await list(`?campaign=${started.campaign}`)).toEqual([first]);
    expect(await list('?status=waiting')).toEqual([second]);
    expect(await list('?status=delivered&status=dead')).toEqual([first]);
    expect(await list('?from=2026-11-21T08:01:00.000Z')).toEqual([second]);
    expect(await list('?to=2026-11-21T08:01:00.000Z')).toEqual([first]);
    expectProblem(await api.call('GET', '/deliveries?status=lost'), 400);
    expect((await api.call('GET', '/deliveries?campaign=nothing')).body.code).toBe('not-found');
  });
});

describe('a delivery', () => {
  it('is shown with its message, what it is about, and its attempts', async () => {
    const { campaign, device, keys } = started;
    const id = await started.add({ ...keys, body: '{"type":"update-moved"}' });
    await started.deliver();
    const { body } = await api.call('GET', `/deliveries/${id}`);
    expect(body).toMatchObject({
      id,
      campaign,
      device,
      body: '{"type":"update-moved"}',
      status: 'delivered',
    });
    expect(body.attempts).toHaveLength(1);
    expect(await api.call('GET', '/deliveries/none')).toMatchObject({ status: 404 });
  });

  it('that was given up is sent again when asked, under its id', async () => {
    down = true;
    const id = await started.add();
    await started.deliver();
    down = false;
    const replayed = await api.call('POST', `/deliveries/${id}/replay`);
    expect(replayed.status).toBe(202);
    expect(replayed.body).toMatchObject({ id, status: 'waiting', tries: 0 });
    await started.deliver();
    const { body } = await api.call('GET', `/deliveries/${id}`);
    expect([body.status, body.tries, body.attempts.length]).toEqual(['delivered', 1, 2]);
    expect(push.sent.filter(({ headers }) => headers['webhook-id'] === id)).toHaveLength(2);
  });

  it('that waits goes on waiting when it is asked for', async () => {
    const id = await started.add({ dueAt: api.context.clock() + 60_000 });
    const { status, body } = await api.call('POST', `/deliveries/${id}/replay`);
    expect([status, body.status, body.nextAttemptAt]).toEqual([202, 'waiting', '2026-11-21T08:01:00.000Z']);
  });

  it('whose subscription is gone cannot be sent again', async () => {
    const id = await started.add();
    await started.deliver();
    await api.call('DELETE', `/subscriptions/${started.subscription.id}`);
    const { status, body } = await api.call('POST', `/deliveries/${id}/replay`);
    expect([status, body.detail]).toEqual([
      404,
      `There is no subscription "${started.subscription.id}" in this account.`,
    ]);
  });
});

describe('a range of time', () => {
  it('is sent again: what was given up, or also what was delivered', async () => {
    const delivered = await started.add();
    await started.deliver();
    down = true;
    const dead = await started.add();
    await started.deliver();
    api.pass(60_000);
    const later = await started.add();
    await started.deliver();
    down = false;
    const replay = (body: object) =>
      api.call('POST', `/destinations/${started.destination.id}/replay`, { body });
    const range = { from: '2026-11-21T08:00:00.000Z', to: '2026-11-21T08:01:00.000Z' };
    expect(await replay(range)).toMatchObject({ status: 202, body: { count: 1 } });
    expect(await list('?status=waiting')).toEqual([dead]);
    expect((await replay({ ...range, status: ['delivered', 'dead'] })).body).toEqual({ count: 1 });
    expect(await list('?status=waiting')).toEqual([dead, delivered]);
    expect(await list('?status=dead')).toEqual([later]);
    expectProblem(await replay({ ...range, status: ['waiting'] }), 400);
    const elsewhere = await api.call('POST', '/destinations/nowhere/replay', { body: range });
    expect(elsewhere.status).toBe(404);
  });
});
