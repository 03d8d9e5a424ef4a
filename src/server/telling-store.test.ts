import { describe, expect, it } from 'vitest';
import { newWorld } from '../../test/contract/store/world.ts';
import { ada, NOON, sampleDevice, sampleEvent, sampleQuery } from '../../test/support/samples.ts';
import { openMemory } from '../store/memory.ts';
import { tellingOfEvents } from './telling-store.ts';

const start = async () => {
  let told = 0;
  let of: unknown;
  const store = tellingOfEvents(openMemory(), (account) => {
    told += 1;
    of = account;
  });
  const world = await newWorld(store);
  expect(of).toBeNull();
  /** How often it told while this was done. */
  const toldBy = async (work: () => Promise<unknown>): Promise<number> => {
    const before = told;
    of = world.account;
    await work();
    expect(of).toBe(world.account);
    return told - before;
  };
  return { store, world, toldBy };
};

describe('a store', () => {
  it('tells of a commit that has events, and of no other', async () => {
    const { world, toldBy } = await start();
    const query = sampleQuery();
    expect(await toldBy(() => world.attempt([{ save: 'query', value: query }], [sampleEvent()]))).toBe(1);
    expect(await toldBy(() => world.attempt([{ save: 'query', value: sampleQuery() }]))).toBe(0);
    expect(await toldBy(() => world.attempt([{ save: 'query', value: query }], [sampleEvent()]))).toBe(0);
  });

  it('tells of devices that were imported, and of updates that were added and closed', async () => {
    const { store, world, toldBy } = await start();
    const by = { actor: ada, now: NOON };
    const value = sampleDevice();
    expect(await toldBy(() => store.devices.saveMany(world.account, [{ value }], by))).toBe(1);
    expect(await toldBy(() => store.devices.saveMany(world.account, [{ value }], by))).toBe(0);
    const campaign = await world.addCampaign();
    expect(await toldBy(() => world.join(campaign, [value]))).toBe(1);
    expect(await toldBy(() => world.join(campaign, [value]))).toBe(0);
    const close = () =>
      store.updates.close({
        ...{ account: world.account, campaign: campaign.key, ...by, recall: [], by: 'ids' },
        ...{ outcome: 'removed', reason: 'removed-from-campaign', message: '', deviceIds: [value.id] },
      });
    expect(await toldBy(close)).toBe(1);
    expect(await toldBy(close)).toBe(0);
  });
});
