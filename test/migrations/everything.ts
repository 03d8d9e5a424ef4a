import type { Context } from '../../src/server/context.ts';
import { must } from '../contract/store/world.ts';
import { newFleet } from '../support/fleet.ts';
import { NOON, sampleDocument, sampleEntry, sampleEvent, sampleTransfers } from '../support/samples.ts';
import { newTenant } from '../support/tenant.ts';

/** An account with a row or more in every table. */
export const fillEverything = async (context: Context, word: string): Promise<void> => {
  const { store } = context;
  const { world, ids } = await newTenant(context);
  const { account } = world;
  const device = must(await store.devices.find(account, ids.device));
  const campaign = must(await store.campaigns.find(account, ids.campaign));
  const place = { campaign: campaign.key, device: device.key };
  const committed = await store.commit({
    account,
    writes: [
      { append: 'log', ...place, entry: sampleEntry() },
      { save: 'transfers', ...place, at: NOON, value: sampleTransfers() },
      { save: 'document', value: sampleDocument() },
    ],
    events: [sampleEvent()],
    idempotency: { key: word, digest: word, entity: 'device', id: device.id },
  });
  if (!committed.ok) throw new Error(JSON.stringify(committed));
  const session = {
    kind: 'oma-dm',
    device: device.key,
    name: word,
    body: '{}',
    expiresAt: 4 * NOON,
  } as const;
  await store.protocolSessions.save([{ account, value: session }]);
  await store.fleetHistory.add(account, {
    ...{ at: NOON, devices: 1, otherVersions: 0, versions: [{ version: '1.0', count: 1 }] },
    protocols: [{ protocol: 'ddi', count: 1 }],
    seen: { hour: 1, day: 0, week: 0, month: 0, earlier: 0, never: 0 },
  });
  await busy(context);
};

const size = { by: 'count', count: 3 } as const;
const wave = { name: 'first', size, success: 90, soak: 0, manual: true } as const;

/** Devices at several places of a campaign: one was not heard of, two began, of which one is done. */
const busy = async ({ store }: Context): Promise<void> => {
  const { launch, contact, says } = await newFleet(store);
  const { campaign, devices } = await launch({ rollout: { by: 'waves', waves: [wave] } }, {}, {}, {});
  for (const device of devices.slice(1)) {
    await contact(device);
    await says(campaign, device, { type: 'progress', phase: 'download', step: 'running' });
  }
  await says(campaign, must(devices[2]), { type: 'rejection', message: 'no room' });
};
