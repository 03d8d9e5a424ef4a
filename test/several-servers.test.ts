import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { runDueCampaigns } from '../src/app/campaign-end.ts';
import { commandCampaign, createCampaign } from '../src/app/campaigns.ts';
import { runDueUpdates } from '../src/app/due-updates.ts';
import type { EventBody } from '../src/app/event-records.ts';
import { runNextJob } from '../src/app/jobs.ts';
import { addDevices, scheduleDevice } from '../src/app/members.ts';
import type { Store } from '../src/app/ports.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { giveUpSilent } from '../src/app/silence.ts';
import { createRolloutSweep } from '../src/app/stop-rules.ts';
import { HOUR } from '../src/domain/time.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { again, ends, progressOf, stopRule } from './support/rollout.ts';

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('three servers over one database', () => {
  let database: TestDatabase;
  let stores: readonly Store[];
  let fleet: Fleet;
  beforeEach(async () => {
    database = await createTestDatabase(server ?? '');
    stores = await Promise.all([1, 2, 3].map(() => openPostgres({ url: database.url, pool: 3 })));
    fleet = await newFleet(must(stores[0]));
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await database.drop();
  });

  /** The same work at each of them at the same moment, twice. */
  const everywhere = async (work: (deps: Fleet['deps']) => Promise<unknown>): Promise<void> => {
    for (let time = 0; time < 2; time += 1) {
      await Promise.all(stores.map((store) => work({ ...fleet.deps, store })));
    }
  };
  const allJobs = async (deps: Fleet['deps']): Promise<void> => {
    while (await runNextJob(deps));
  };
  const bodies = async (type: EventBody['type'], device?: StoredDevice): Promise<readonly EventBody[]> =>
    (await fleet.world.events())
      .filter((event) => device === undefined || event.device === device.key)
      .map(({ body }) => body)
      .filter((body) => body.type === type);

  const schedule = async (devices: readonly StoredDevice[]): Promise<StoredCampaign> => {
    const { deps, operator, world } = fleet;
    const size = { by: 'devices', devices: devices.slice(0, 2).map(({ id }) => id) } as const;
    const first = { name: 'first', size, success: 50, soak: HOUR, manual: false };
    const patch = {
      ...{ name: 'spring', packages: [(await world.addPackage()).id] },
      target: { by: 'query', list: null, expression: 'tag = north', reevaluateSeconds: 0 },
      rollout: { by: 'waves', waves: [first] },
      timeouts: { download: 3 * HOUR, execution: null, activation: null },
      retry: { attempts: 1, backOff: 0, classes: {}, coolDown: 0 },
      stopRules: [stopRule({ signal: 'silent', threshold: { count: 1 } })],
    } as const;
    const draft = granted(await createCampaign(deps, operator, patch));
    const startAt = deps.clock() + HOUR;
    return granted(await commandCampaign(deps, operator, draft.id, { type: 'schedule', startAt }));
  };

  it('start a campaign, bring its devices in, open a wave and give up who is silent, each once', async () => {
    const devices = await fleet.world.addDevices(40, { tags: ['north'] });
    const campaign = await schedule(devices);
    fleet.pass(HOUR);
    await everywhere(runDueCampaigns);
    await everywhere(allJobs);
    expect(await bodies('campaign-started')).toHaveLength(1);
    expect(await bodies('updates-added')).toMatchObject([{ count: 40 }]);
    expect((await progressOf(fleet, campaign)).sizes).toEqual([2]);

    const [good, silent] = devices as [StoredDevice, StoredDevice];
    for (const device of [good, silent]) expect((await fleet.contact(device))?.due).toBe('download');
    await ends(fleet, campaign, good, true);
    fleet.pass(HOUR);
    await everywhere(runDueCampaigns);
    expect(await bodies('campaign-wave-opened')).toHaveLength(1);
    expect((await progressOf(fleet, campaign)).wave).toBe(1);

    fleet.pass(3 * HOUR);
    await everywhere(giveUpSilent);
    await everywhere((deps) => createRolloutSweep(deps)());
    expect(await bodies('update-closed', silent)).toHaveLength(1);
    expect(await bodies('campaign-rule-tripped')).toHaveLength(1);
    expect((await again(fleet, campaign)).status).toBe('paused');
    const tallies = await fleet.store.campaigns.tallies(fleet.operator.account.key, campaign.key, ['']);
    expect(tallies.get('')).toEqual({ started: 2, succeeded: 1, silent: 1 });
  });

  it('make ready, each once, whose slot begins', async () => {
    const { deps, operator, world } = fleet;
    const devices = await world.addDevices(20);
    const pack = await world.addPackage();
    const patch = { name: 'slots', packages: [pack.id], checkpoints: ['download'] } as const;
    const campaign = granted(await createCampaign(deps, operator, patch));
    granted(
      await addDevices(
        deps,
        operator,
        campaign.id,
        devices.map(({ id }) => id),
      ),
    );
    granted(await commandCampaign(deps, operator, campaign.id, { type: 'start' }));
    for (const device of devices) {
      await fleet.contact(device, { together: false });
      const at = { campaign: campaign.id, device: device.id };
      const slot = { begin: deps.clock() + HOUR, end: null };
      granted(await scheduleDevice(deps, operator, at, 'download', slot));
    }
    fleet.pass(HOUR);
    await everywhere(runDueUpdates);
    for (const device of devices) {
      const moves = await bodies('update-moved', device);
      expect(moves.filter((body) => 'to' in body && body.to === 'download-ready')).toHaveLength(1);
    }
  });
});
