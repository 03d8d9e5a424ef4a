import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { commandCampaign, createCampaign, type PlanPatch } from '../../src/app/campaigns.ts';
import { addDevices } from '../../src/app/members.ts';
import type { StoredCampaign, StoredDevice } from '../../src/app/records.ts';
import type { StopRule } from '../../src/domain/stop-rule.ts';
import { openMemory } from '../../src/store/memory.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { must, type OpenStore } from '../contract/store/world.ts';
import { type Fleet, granted } from './fleet.ts';
import { createTestDatabase } from './postgres.ts';

const onMemory: OpenStore = async () => ({ store: openMemory(), end: async () => undefined });

const onSqlite: OpenStore = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rollout-'));
  const store = await openSqlite(join(directory, 'muster.db'));
  const end = async () => {
    await store.close();
    await rm(directory, { recursive: true });
  };
  return { store, end };
};

const onPostgres =
  (server: string): OpenStore =>
  async () => {
    const { url, drop } = await createTestDatabase(server);
    const store = await openPostgres({ url, pool: 4 });
    const end = async () => {
      await store.close();
      await drop();
    };
    return { store, end };
  };

const server = inject('postgresUrl');

/** The stores on which a simulated fleet is tried: PostgreSQL where there is one. */
export const stores: readonly (readonly [string, OpenStore])[] = [
  ['memory', onMemory],
  ['SQLite', onSqlite],
  ...(server === undefined ? [] : [['PostgreSQL', onPostgres(server)] as const]),
];

/** A campaign with these devices in it, created and started as an operator does it. */
export const rollOut = async (
  fleet: Fleet,
  plan: PlanPatch,
  devices: readonly StoredDevice[] = [],
): Promise<StoredCampaign> => {
  const { deps, operator, world } = fleet;
  const packages = plan.packages ?? [(await world.addPackage()).id];
  const draft = granted(await createCampaign(deps, operator, { name: 'spring', ...plan, packages }));
  if (devices.length > 0) {
    const ids = devices.map(({ id }) => id);
    granted(await addDevices(deps, operator, draft.id, ids));
  }
  const started = granted(await commandCampaign(deps, operator, draft.id, { type: 'start' }));
  await fleet.work();
  return again(fleet, started);
};

/** A campaign as it is now. */
export const again = async ({ store, operator }: Fleet, { key }: StoredCampaign): Promise<StoredCampaign> =>
  must(await store.campaigns.get(operator.account.key, key));

/** How far a campaign under way has come. */
export const progressOf = async (fleet: Fleet, campaign: StoredCampaign) => {
  const now = await again(fleet, campaign);
  if (!('progress' in now)) throw new Error(`the campaign is ${now.status}`);
  return now.progress;
};

const done = { type: 'progress', phase: 'activation', step: 'complete' } as const;
const broken = { type: 'failure', reason: 'install-failed', message: 'no boot', undoes: false } as const;

/** A device that was given its first phase ends well, or fails for good. */
export const ends = async (fleet: Fleet, campaign: StoredCampaign, device: StoredDevice, well: boolean) =>
  granted(await fleet.says(campaign, device, well ? done : broken)).update;

/** A device asks, and ends what it is given; answers whether it was given anything. */
export const runs = async (fleet: Fleet, campaign: StoredCampaign, device: StoredDevice, well = true) => {
  const found = await fleet.contact(device);
  if (found?.due === undefined) return false;
  await ends(fleet, campaign, device, well);
  return true;
};

export const stopRule = (given: Partial<StopRule> = {}): StopRule => ({
  signal: 'failed',
  scope: { by: 'campaign' },
  minimum: 1,
  threshold: { count: 3 },
  action: 'pause',
  rollBackTo: null,
  ...given,
});
