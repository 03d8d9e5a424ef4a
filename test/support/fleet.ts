import type { Caller } from '../../src/app/caller.ts';
import { checkIn, type DeviceReport, type Manner, report } from '../../src/app/check-in.ts';
import { runNextJob } from '../../src/app/jobs.ts';
import type { Store } from '../../src/app/ports.ts';
import type { StoredCampaign, StoredDevice, StoredUpdate } from '../../src/app/records.ts';
import type { Waker } from '../../src/app/waker.ts';
import type { CampaignStatus } from '../../src/domain/campaign.ts';
import type { Device } from '../../src/domain/device.ts';
import type { DeviceKey } from '../../src/domain/ids.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Result } from '../../src/domain/result.ts';
import { newProgress } from '../../src/domain/rollout.ts';
import { nodeHashing, nodeIds } from '../../src/server/crypto.ts';
import { openMemory } from '../../src/store/memory.ts';
import { must, newWorld } from '../contract/store/world.ts';
import { ada, NOON, sampleCampaign, samplePlan } from './samples.ts';
import { testSealing } from './sealing.ts';

/** What must not have been refused. */
export const granted = <Value>(result: Result<Value, { readonly code: string }>): Value => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result.value;
};

/** An account over a fresh store with a clock that can be moved, and devices that speak by themselves. */
export const newFleet = async (store: Store = openMemory()) => {
  let now = NOON;
  const world = await newWorld(store);
  const woken: DeviceKey[] = [];
  const waker: Pick<Waker, 'wake'> = { wake: (_, device) => woken.push(device) };
  const deps = { store, clock: () => now, ids: nodeIds, hashing: nodeHashing, sealing: testSealing, waker };
  const account = must(await store.accounts.get(world.account));
  const operator: Caller = { account, actor: ada, permissions: new Set() };
  const speakerFor = ({ id }: Device) => ({ account, actor: { kind: 'device', id } }) as const;

  /** A running campaign of one package, with one new device for each of those given. */
  const launch = async (plan: Partial<Plan>, ...given: readonly Partial<Device>[]) => {
    const pack = await world.addPackage();
    const { status: _, ...draft } = sampleCampaign({ plan: samplePlan({ packages: [pack.id], ...plan }) });
    const campaign = await world.addCampaign({
      ...draft,
      status: 'running',
      startedAt: now,
      progress: newProgress(now),
    });
    const devices: StoredDevice[] = [];
    for (const one of given) devices.push(await world.addDevice(one));
    await world.join(campaign, devices);
    return { campaign, devices, device: must(devices[0]) };
  };
  const contact = async (device: StoredDevice, manner?: Manner) =>
    granted(
      await checkIn(deps, speakerFor(device), must(await store.devices.find(account.key, device.id)), manner),
    );
  const says = (campaign: StoredCampaign, device: StoredDevice, said: DeviceReport) =>
    report(deps, speakerFor(device), { campaign: campaign.id, device: device.id }, said);
  const updateOf = (campaign: StoredCampaign, device: StoredDevice): Promise<StoredUpdate> =>
    world.updateOf(campaign, device);
  const statusOf = async ({ key }: StoredCampaign): Promise<CampaignStatus> =>
    must(await store.campaigns.get(account.key, key)).status;
  return {
    ...{ store, world, deps, operator, speakerFor, launch, contact, says, updateOf, statusOf },
    /** The devices that were woken, in order. */
    woken,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Does all the large work that waits. */
    work: async () => {
      while (await runNextJob(deps));
    },
  };
};
export type Fleet = Awaited<ReturnType<typeof newFleet>>;
