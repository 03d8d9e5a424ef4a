import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveDestination } from '../../../src/app/pulse-definitions.ts';
import { EVERYTHING } from '../../contract/store/world.ts';
import { done } from './prepare.ts';
import { startTelling } from './telling.ts';

let at: Awaited<ReturnType<typeof startTelling>>;
beforeEach(async () => {
  at = await startTelling();
});
afterEach(() => at.api.close());

describe('a definition', () => {
  it('with a server of its own keeps that in step', async () => {
    const own = { relativePath: '/a', host: 'own.example.com', sslTlsVersion: 'TLS1_2' };
    const definition = await at.post('notification-definitions', { name: 'Own', httpParameters: own });
    const { notificationDestinationId: id } = await at.get(`notification-definitions/${definition}`);
    done(
      await at.put(`notification-definitions/${definition}`, {
        httpParameters: { host: 'other.example.com', relativePath: '/b' },
        retrySchedule: { maxRetryCount: 0 },
      }),
    );
    expect(await at.get(`notification-destinations/${id}`)).toMatchObject({
      host: 'other.example.com',
      sslTlsVersion: 'TLS1_2',
      retrySchedule: { retryInterval: 5_000, maxRetryCount: 0 },
    });
    await at.raise(definition);
    await at.deliver();
    expect(at.push.sent.map(({ url }) => url)).toEqual(['https://other.example.com/b']);
    done(await at.drop(`notification-definitions/${definition}`));
    expect((await at.api.call('GET', `/api/notification-destinations/${id}`)).status).toBe(404);
  });

  it('leaves its server when it is given a destination', async () => {
    const httpParameters = { host: 'own.example.com' };
    const definition = await at.post('notification-definitions', { name: 'Own', httpParameters });
    const { notificationDestinationId: own } = await at.get(`notification-definitions/${definition}`);
    const destination = await at.newDestination();
    done(await at.put(`notification-definitions/${definition}`, { notificationDestinationId: destination }));
    expect(await at.get(`notification-definitions/${definition}`)).toMatchObject({
      notificationDestinationId: destination,
      httpParameters: { host: '', port: 0 },
    });
    expect((await at.api.call('GET', `/api/notification-destinations/${own}`)).status).toBe(404);
    const { items } = await at.api.context.store.subscriptions.list((await at.home()).key, EVERYTHING);
    expect(items).toMatchObject([{ id: definition, destinationId: destination, topic: 'notification' }]);
  });

  it('keeps a server that callbacks of a campaign use too', async () => {
    const httpParameters = { host: 'own.example.com' };
    const definition = await at.post('notification-definitions', { name: 'Own', httpParameters });
    const { uuid } = done(await at.api.call('POST', '/api/campaigns', { body: { name: 'Spring' } })).body;
    done(await at.put(`campaigns/${uuid}/callbacks/completed`, { notificationDestinationId: definition }));
    const refused = await at.drop(`notification-definitions/${definition}`);
    expect(refused.status).toBe(400);
    expect(refused.headers['grpc-status']).toBe('9');
    expect(refused.body.message).toMatch(uuid);
    done(await at.put(`campaigns/${uuid}/callbacks/completed`, { notificationDestinationId: '' }));
    done(await at.drop(`notification-definitions/${definition}`));
  });

  it('is made whole or not at all', async () => {
    const body = { name: 'Own', httpParameters: { host: 'own.example.com', relativePath: '/ä' } };
    expect((await at.api.call('POST', '/api/notification-definitions', { body })).status).toBe(400);
    expect((await at.get('notification-destinations')).notificationDestinations).toEqual([]);
  });

  it('may not point inside the own network', async () => {
    for (const host of ['localhost', '127.0.0.1', '0x7f.1', '[::1]', '::1', '169.254.169.254']) {
      const body = { name: 'Inside', httpParameters: { host } };
      const reply = await at.api.call('POST', '/api/notification-definitions', { body });
      expect(reply.status, host).toBe(400);
      expect(reply.body.message, host).toMatch(/^host: expected a public host/);
    }
  });
});

describe('a callback', () => {
  const resolve = async (id: string) => {
    const account = await at.home();
    return resolveDestination(at.api.context, { account }, id);
  };

  it('may name a destination, or a definition that says more', async () => {
    const destination = await at.newDestination();
    const headers = [{ key: 'X-Kind', value: 'alarm' }];
    const definition = await at.newDefinition(destination, {
      ...{ relativePath: 'a', headers, payloadTemplate: '{}' },
    });
    expect(await resolve(destination)).toEqual({
      ok: true,
      value: { destinationId: destination, path: '', headers: [], template: '' },
    });
    expect(await resolve(definition)).toEqual({
      ok: true,
      value: {
        destinationId: destination,
        path: '/a',
        headers: [{ name: 'X-Kind', value: 'alarm' }],
        template: '{}',
      },
    });
  });

  it('may name no mail, and nothing that is not there', async () => {
    const emailParameters = { emailRecipients: ['ada@example.com'] };
    const mail = await at.post('notification-definitions', { name: 'Mail', emailParameters });
    expect(await resolve(mail)).toMatchObject({ ok: false, refusal: { code: 'invalid' } });
    expect(await resolve('nothing')).toMatchObject({
      ok: false,
      refusal: { code: 'not-found', entity: 'destination', id: 'nothing' },
    });
  });
});
