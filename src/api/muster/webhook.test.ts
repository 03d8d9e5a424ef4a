import { describe, expect, it } from 'vitest';
import { newWorld } from '../../../test/contract/store/world.ts';
import { NOON, sampleDestination, sampleSubscription } from '../../../test/support/samples.ts';
import type { StoredSubscription } from '../../app/delivery-records.ts';
import type { EventBody, StoredEvent } from '../../app/event-records.ts';
import type { Message } from '../../app/fan-out.ts';
import { openMemory } from '../../store/memory.ts';
import { musterWebhook } from './webhook.ts';

const tellingOf = async (body: EventBody, only: readonly string[] = []) => {
  const store = openMemory();
  const world = await newWorld(store);
  const [campaign, device] = [await world.addCampaign(), await world.addDevice()];
  const account = await store.accounts.get(world.account);
  if (account === undefined) throw new Error('the account is missing');
  const subscription: StoredSubscription = {
    ...sampleSubscription(sampleDestination(), { only }),
    version: 1,
  };
  const event: StoredEvent = {
    ...{ account: world.account, seq: 7, at: NOON, actor: { kind: 'user', id: 'user-ada' }, body },
    ...{ campaign: campaign.key, device: device.key },
  };
  return { store, account, event, subscription, campaign, device, now: NOON + 5 };
};

const messagesOf = async (telling: Parameters<typeof musterWebhook>[0]): Promise<readonly Message[]> =>
  Array.fromAsync(musterWebhook(telling));

describe('an event as a webhook', () => {
  it('has the type, the time and the data of Standard Webhooks', async () => {
    const telling = await tellingOf({ type: 'update-moved', to: 'download-ready' });
    const [message, ...others] = await messagesOf(telling);
    expect(others).toEqual([]);
    const { body, ...rest } = message ?? { body: '{}' };
    expect(rest).toEqual({
      ...{ part: '', device: telling.device.key, event: 'update-moved', latestOnly: false, notBefore: null },
    });
    expect(JSON.parse(body)).toEqual({
      type: 'update-moved',
      timestamp: '2026-03-01T12:00:00.000Z',
      data: {
        account: telling.account.id,
        seq: 7,
        campaign: { id: telling.campaign.id, name: telling.campaign.plan.name },
        device: { id: telling.device.id },
        actor: { kind: 'user', id: 'user-ada' },
        to: 'download-ready',
      },
    });
  });

  it('says nothing of what it is not about, and names no server', async () => {
    const telling = await tellingOf({ type: 'account-changed' });
    const server = { ...telling.event, actor: { kind: 'server' }, campaign: null, device: null } as const;
    const [message] = await messagesOf({ ...telling, event: server, campaign: undefined, device: undefined });
    expect(JSON.parse(message?.body ?? '{}').data).toEqual({
      ...{ account: telling.account.id, seq: 7, campaign: null, device: null },
      actor: { kind: 'server', id: null },
    });
  });

  it('is told to those who want every type, or this one', async () => {
    const body: EventBody = { type: 'campaign-started' };
    expect(await messagesOf(await tellingOf(body))).toHaveLength(1);
    expect(await messagesOf(await tellingOf(body, ['campaign-stopped', 'campaign-started']))).toHaveLength(1);
    expect(await messagesOf(await tellingOf(body, ['campaign-stopped']))).toEqual([]);
  });
});
