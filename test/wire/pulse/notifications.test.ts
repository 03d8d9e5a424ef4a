import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderPulse } from '../../../src/api/pulse/callbacks.ts';
import { handOnNext } from '../../../src/app/fan-out.ts';
import { DAY, HOUR } from '../../../src/domain/time.ts';
import { must } from '../../contract/store/world.ts';
import { accepted, answered } from '../../support/fake-push.ts';
import { done } from './prepare.ts';
import { startTelling } from './telling.ts';

let at: Awaited<ReturnType<typeof startTelling>>;
beforeEach(async () => {
  at = await startTelling();
});
afterEach(() => at.api.close());

describe('a notification', () => {
  it('is sent to the destination of its definition, as it was raised', async () => {
    const definition = await at.newDefinition(await at.newDestination({ port: 9_093 }));
    const details = [{ key: 'celsius', valueString: '81' }];
    const id = await at.raise(definition, { entityType: 'DEVICE', additionalDetails: details });
    expect(await at.statusOf(id)).toBe('WAITING');
    await at.deliver();
    expect(await at.statusOf(id)).toBe('DELIVERED');
    const [sent] = at.push.sent;
    expect(sent).toMatchObject({
      url: 'http://hooks.example.com:9093/',
      headers: { 'content-type': 'application/json', 'webhook-id': id },
      authentication: { kind: 'none' },
      timeout: 10_000,
    });
    expect(JSON.parse(must(sent).body)).toEqual({
      id,
      timestamp: `${at.api.context.clock()}`,
      notificationDefinitionId: definition,
      entityType: 'DEVICE',
      entityId: '',
      entityName: 'Gateway 1',
      entityState: '',
      additionalDetails: details,
    });
  });

  it('has the path, the headers and the form of its definition', async () => {
    const destination = await at.newDestination({
      ...{ sslTlsVersion: 'TLS1_2', relativePath: '/base', headers: [{ key: 'X-Base', value: '1' }] },
      ...{ authenticationType: 'BASIC', username: 'ada', password: 'secret' },
    });
    const definition = await at.newDefinition(destination, {
      relativePath: 'alarms',
      headers: [{ key: 'X-Kind', value: 'alarm' }],
      payloadTemplate: '{"text":"{{entityName}} is {{entityState}}"}',
    });
    await at.raise(definition, { entityState: '"hot"' });
    await at.deliver();
    expect(at.push.sent).toMatchObject([
      {
        url: 'https://hooks.example.com/alarms',
        headers: { 'x-base': '1', 'x-kind': 'alarm' },
        authentication: { kind: 'basic', username: 'ada', password: 'secret' },
        body: '{"text":"Gateway 1 is \\"hot\\""}',
      },
    ]);
  });

  it('is tried again as often as its destination says, and then given up', async () => {
    at.answers(answered(503));
    const retrySchedule = { retryInterval: 1_000, maxRetryCount: 2, requestTimeout: 1_000 };
    const id = await at.raise(await at.newDefinition(await at.newDestination({ retrySchedule })));
    for (const status of ['WAITING', 'WAITING', 'FAILED']) {
      await at.deliver();
      expect(await at.statusOf(id)).toBe(status);
      at.api.pass(HOUR);
    }
    await at.deliver();
    expect(at.push.sent).toHaveLength(3);
  });

  it('keeps its place behind one that is still tried', async () => {
    at.answers(answered(500));
    const definition = await at.newDefinition(await at.newDestination());
    const first = await at.raise(definition);
    await at.deliver();
    const second = await at.raise(definition);
    await at.deliver();
    expect(at.push.sent.map(({ headers }) => headers['webhook-id'])).toEqual([first]);
    at.answers(accepted);
    at.api.pass(HOUR);
    await at.deliver();
    await at.deliver();
    expect(at.push.sent.map(({ headers }) => headers['webhook-id'])).toEqual([first, first, second]);
  });

  it('is signed with the secret of its destination', async () => {
    const secret = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz';
    await at.raise(await at.newDefinition(await at.newDestination({ secret })));
    await at.deliver();
    expect(at.push.sent[0]?.headers).toMatchObject({
      'webhook-signature': expect.stringMatching(/^v1,/),
      'x-signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
  });

  it('cannot be raised when its destination is gone', async () => {
    const destination = await at.newDestination();
    const definition = await at.newDefinition(destination);
    done(await at.api.call('DELETE', `/destinations/${destination}`));
    const reply = await at.api.call('POST', '/api/notification-instances', {
      body: { notificationDefinitionId: definition },
    });
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({
      code: 9,
      message: 'the destination of this notification definition was deleted',
      details: [],
    });
    // It can be given another one.
    const other = await at.newDestination({ name: 'Other' });
    done(await at.put(`notification-definitions/${definition}`, { notificationDestinationId: other }));
    await at.raise(definition);
    await at.deliver();
    expect(at.push.sent).toHaveLength(1);
  });

  it('is raised in the organisation that the caller acts in', async () => {
    const definition = await at.newDefinition(await at.newDestination());
    const id = await at.raise(definition);
    await at.post('organizations', { name: 'Acme', domainName: 'acme' });
    const headers = { 'x-current-org-id': 'acme' };
    const body = { notificationDefinitionId: definition };
    expect((await at.api.call('POST', '/api/notification-instances', { body, headers })).status).toBe(404);
    expect((await at.api.call('GET', `/api/notification-instances/${id}`, { headers })).status).toBe(404);
    const list = done(await at.api.call('GET', '/api/notification-instances', { headers })).body;
    expect(list.notificationInstances).toEqual([]);
  });

  it('is forgotten some time after its delivery, so that they do not gather for ever', async () => {
    const definition = await at.newDefinition(await at.newDestination());
    const old = [await at.raise(definition), await at.raise(definition), await at.raise(definition)];
    // One after the other, as their order wants it.
    for (const _ of old) await at.deliver();
    const { token } = done(await at.api.call('POST', '/tokens', { body: { name: 'script' } })).body;
    at.api.pass(30 * DAY);
    await at.api.context.store.deliveries.expire(at.api.context.clock());
    const path = '/api/notification-instances';
    const forgotten = done(await at.api.call('GET', `${path}/${old[0]}`, { as: token })).body;
    expect(forgotten.status).toBe('EXPIRED');
    const body = { notificationDefinitionId: definition };
    const { id } = done(await at.api.call('POST', path, { as: token, body })).body;
    const left = done(await at.api.call('GET', path, { as: token })).body.notificationInstances;
    expect(left.map((one: { readonly id: string }) => one.id)).toEqual([old[2], id]);
  });

  it('is no event, and no event is one', async () => {
    await at.raise(await at.newDefinition(await at.newDestination()));
    done(await at.api.call('POST', '/api/campaigns', { body: { name: 'Spring' } }));
    const { store, clock, hashing } = at.api.context;
    while (await handOnNext({ store, clock, hashing, report: at.report }, { pulse: renderPulse }));
    await at.deliver();
    expect(at.push.sent).toHaveLength(1);
  });
});
