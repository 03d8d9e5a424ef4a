import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../src/app/caller.ts';
import { commandCampaign } from '../src/app/campaigns.ts';
import { admitDevice } from '../src/app/device-access.ts';
import { setAttributes } from '../src/app/device-attributes.ts';
import { type ImportRow, importDevices } from '../src/app/device-import.ts';
import { createDevice, editDevice } from '../src/app/devices.ts';
import { listExclusions } from '../src/app/exclusions.ts';
import { explainUpdate } from '../src/app/explanation.ts';
import { addDevices, getJob, removeDevices } from '../src/app/members.ts';
import type { StoredCampaign } from '../src/app/records.ts';
import { retryFailed } from '../src/app/retry-failed.ts';
import { createRolloutSweep } from '../src/app/stop-rules.ts';
import { HOUR } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { again, ends, rollOut, runs } from './support/rollout.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const target = { by: 'query', list: null, expression: 'tag = north', reevaluateSeconds: 3_600 } as const;
const membersOf = async (campaign: StoredCampaign): Promise<readonly string[]> =>
  (await fleet.world.updatesOf(campaign)).map(({ deviceId }) => deviceId);
const operator = (): Caller => ({ ...fleet.operator, permissions: new Set(['Edit Device']) });

async function* rowsOf(...rows: readonly ImportRow[]): AsyncGenerator<ImportRow> {
  yield* rows;
}

describe('a campaign that takes in whoever matches', () => {
  it('takes a device in the moment it is registered, imported, changed, or tells what it is', async () => {
    const campaign = await rollOut(fleet, { target });
    granted(await createDevice(fleet.deps, operator(), { id: 'made', tags: ['north'] }));
    expect(await membersOf(campaign)).toEqual(['made']);
    granted(await createDevice(fleet.deps, operator(), { id: 'edited' }));
    expect(await membersOf(campaign)).toEqual(['made']);
    granted(await editDevice(fleet.deps, operator(), 'edited', { tags: ['north'] }));
    expect(await membersOf(campaign)).toEqual(['made', 'edited']);
    const row: ImportRow = { row: 1, id: 'imported', patch: { tags: ['north'] } };
    await importDevices(fleet.deps, operator(), rowsOf(row), { mode: 'upsert', dryRun: false });
    expect(await membersOf(campaign)).toEqual(['made', 'edited', 'imported']);
  });

  it('takes in a device by what it tells of itself', async () => {
    const bySite = { ...target, expression: 'attributes.site = "Kiel"' };
    const campaign = await rollOut(fleet, { target: bySite });
    const device = await fleet.world.addDevice();
    const tell = (site: string) =>
      setAttributes(fleet.deps, fleet.speakerFor(device), device, 'merge', { site });
    granted(await tell('Rhein'));
    expect(await membersOf(campaign)).toEqual([]);
    granted(await tell('Kiel'));
    expect(await membersOf(campaign)).toEqual([device.id]);
  });

  it('takes in a device that registers itself', async () => {
    const campaign = await rollOut(fleet, { target: { ...target, expression: 'id = "new-one"' } });
    const { account } = fleet.operator;
    const secret = 'the gateway token of this account';
    const gatewayTokens = [
      { id: 'g', hash: fleet.deps.hashing.sha256(secret), createdAt: 0, expiresAt: null },
    ];
    const deviceAccess = { ...account.deviceAccess, registration: 'open', gatewayTokens } as const;
    const { key: _, version: __, ...value } = account;
    await fleet.world.write({ save: 'account', was: account, value: { ...value, deviceAccess } });
    const at = { account: account.id, device: 'new-one', protocol: 'ddi' } as const;
    must(await admitDevice(fleet.deps, at, { kind: 'gateway', secret }));
    expect(await membersOf(campaign)).toEqual(['new-one']);
  });

  it('does not bring back who was taken out, nor begin again with who is done', async () => {
    const [removed, finished] = [
      await fleet.world.addDevice({ tags: ['north'] }),
      await fleet.world.addDevice({ tags: ['north'] }),
    ];
    const campaign = await rollOut(fleet, { target });
    granted(await removeDevices(fleet.deps, fleet.operator, campaign.id, [removed.id]));
    await runs(fleet, campaign, finished);
    for (const { id } of [removed, finished]) {
      granted(await editDevice(fleet.deps, operator(), id, { name: 'renamed' }));
    }
    expect(await fleet.updateOf(campaign, removed)).toMatchObject({ outcome: 'removed', generation: 1 });
    expect(await fleet.updateOf(campaign, finished)).toMatchObject({ outcome: 'succeeded', generation: 1 });
  });

  it('takes in nobody by the way where its query is evaluated once, or while it is paused', async () => {
    const once = await rollOut(fleet, { target: { ...target, reevaluateSeconds: 0 } });
    const paused = await rollOut(fleet, { target });
    granted(await commandCampaign(fleet.deps, fleet.operator, paused.id, { type: 'pause' }));
    granted(await createDevice(fleet.deps, operator(), { id: 'late', tags: ['north'] }));
    expect(await membersOf(once)).toEqual([]);
    expect(await membersOf(paused)).toEqual([]);
    granted(await commandCampaign(fleet.deps, fleet.operator, paused.id, { type: 'resume' }));
    fleet.pass(HOUR);
    await fleet.work();
    expect(await membersOf(paused)).toEqual(['late']);
  });

  it('is told in no event of a device that changes and is in it already', async () => {
    const device = await fleet.world.addDevice({ tags: ['north'] });
    await rollOut(fleet, { target });
    granted(await editDevice(fleet.deps, operator(), device.id, { name: 'renamed' }));
    const added = (await fleet.world.events()).filter(({ body }) => body.type === 'updates-added');
    expect(added).toHaveLength(1);
  });
});

describe('a device that cannot take part', () => {
  const excluded = async (campaign: StoredCampaign, limit = 100) => {
    const page = { after: 0, limit };
    return granted(await listExclusions(fleet.deps, fleet.operator, campaign.id, page));
  };

  it('is listed with its reason, whether it is in or would join', async () => {
    const { addDevice, addPackage } = fleet.world;
    const fit = await addDevice({ tags: ['north'] });
    const busy = await addDevice({ tags: ['north'] });
    const rival = await rollOut(fleet, {}, [busy]);
    const wrong = await addDevice({ tags: ['north'], model: 'TCU-9' });
    const newer = await addDevice({ tags: ['north'], versions: { firmware: '2.0' } });
    const has = await addDevice({ versions: { firmware: '1.3.0' } });
    const waiting = await addDevice({ tags: ['north'], standing: 'waiting' });
    const carried = await addDevice({ tags: ['north'], protocol: 'lwm2m' });
    const packages = [
      (await addPackage({ fromVersion: '' })).id,
      (await addPackage({ kind: 'software' })).id,
    ];
    const campaign = await rollOut(fleet, { target, packages: packages.slice(0, 1) }, [has, fit]);
    const page = await excluded(campaign);
    expect(page.next).toBeNull();
    expect(page.items.map(({ deviceId, reason, campaign: by }) => [deviceId, reason, by])).toEqual([
      [busy.id, 'other-campaign', rival.id],
      [wrong.id, 'wrong-model', null],
      [newer.id, 'newer-installed', null],
      [has.id, 'already-installed', null],
      [waiting.id, 'not-accepted', null],
    ]);
    const both = await rollOut(fleet, { target, packages });
    const reasons = new Map((await excluded(both)).items.map(({ deviceId, reason }) => [deviceId, reason]));
    expect(reasons.get(carried.id)).toBe('protocol-cannot-carry');
  });

  it('is listed page by page, each once', async () => {
    const odd = await fleet.world.addDevices(7, { model: 'TCU-9' });
    const campaign = await rollOut(fleet, {}, odd);
    const found: string[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof excluded>> = granted(
        await listExclusions(fleet.deps, fleet.operator, campaign.id, { after, limit: 2 }),
      );
      expect(page.items.length).toBeLessThanOrEqual(2);
      found.push(...page.items.map(({ deviceId }) => deviceId));
      after = page.next;
    }
    expect(found).toEqual(odd.map(({ id }) => id));
  });

  it('is rejected when it makes contact, and the next campaign has its turn at once', async () => {
    const device = await fleet.world.addDevice({ model: 'TCU-9' });
    const wrong = await rollOut(fleet, {}, [device]);
    const fitting = await fleet.world.addPackage({ model: 'TCU-9' });
    const right = await rollOut(fleet, { packages: [fitting.id] }, [device]);
    expect(await fleet.contact(device)).toMatchObject({ campaign: { id: right.id }, due: 'download' });
    expect(await fleet.updateOf(wrong, device)).toMatchObject({
      ...{ status: 'closed', outcome: 'rejected', reason: 'wrong-package' },
      message: 'the package is for another model',
    });
  });

  it('does not keep a campaign from its end that ends once all are done', async () => {
    const device = await fleet.world.addDevice({ model: 'TCU-9' });
    const campaign = await rollOut(fleet, { endWhenComplete: true }, [device]);
    const sweep = createRolloutSweep(fleet.deps);
    await sweep();
    expect(await fleet.contact(device)).toBeUndefined();
    await sweep();
    expect((await again(fleet, campaign)).status).toBe('ended');
  });

  it('is given the benefit of the doubt while nobody knows what it has', async () => {
    const device = await fleet.world.addDevice({ make: '', model: '', versions: {} });
    await rollOut(fleet, {}, [device]);
    expect((await fleet.contact(device))?.due).toBe('download');
  });
});

describe('several campaigns of one device', () => {
  it('take turns by priority, then by age, and what was begun goes on', async () => {
    const device = await fleet.world.addDevice();
    const [low, high] = [
      await rollOut(fleet, { priority: 10 }, [device]),
      await rollOut(fleet, { priority: 90 }, [device]),
    ];
    expect((await fleet.contact(device))?.campaign.id).toBe(high.id);
    const higher = await rollOut(fleet, { priority: 100 }, [device]);
    expect((await fleet.contact(device))?.campaign.id).toBe(high.id);
    await ends(fleet, high, device, true);
    expect((await fleet.contact(device))?.campaign.id).toBe(higher.id);
    expect((await fleet.updateOf(low, device)).position).toBe('pending');
  });

  it('wait for each other where they set the same component, and only there', async () => {
    const device = await fleet.world.addDevice();
    const software = await fleet.world.addPackage({ kind: 'software', name: 'maps', fromVersion: '' });
    const shut = { notBefore: fleet.deps.clock() + HOUR, windows: [], spread: 0 };
    const first = await rollOut(fleet, { download: shut }, [device]);
    const same = await rollOut(fleet, {}, [device]);
    expect(await fleet.contact(device)).toMatchObject({ campaign: { id: first.id }, due: undefined });
    const other = await rollOut(fleet, { packages: [software.id] }, [device]);
    expect(await fleet.contact(device)).toMatchObject({ campaign: { id: other.id }, due: 'download' });
    await ends(fleet, other, device, true);
    expect(await fleet.contact(device)).toMatchObject({ campaign: { id: first.id }, due: undefined });
    fleet.pass(HOUR);
    expect(await fleet.contact(device)).toMatchObject({ campaign: { id: first.id }, due: 'download' });
    await ends(fleet, first, device, true);
    expect((await fleet.contact(device))?.campaign.id).toBe(same.id);
  });
});

describe('a retry of all failed devices', () => {
  it('has those begin again that failed, and nobody else, once they have rested', async () => {
    const [good, bad, open] = await Promise.all([1, 2, 3].map(() => fleet.world.addDevice()));
    const retry = { attempts: 1, backOff: 0, classes: {}, coolDown: HOUR };
    const campaign = await rollOut(fleet, { retry }, [must(good), must(bad), must(open)]);
    await runs(fleet, campaign, must(good));
    await runs(fleet, campaign, must(bad), false);
    const job = granted(await retryFailed(fleet.deps, fleet.operator, campaign.id));
    expect(granted(await retryFailed(fleet.deps, fleet.operator, campaign.id)).id).toBe(job.id);
    await fleet.work();
    expect(granted(await getJob(fleet.deps, fleet.operator, job.id))).toMatchObject({
      status: 'done',
      done: 1,
    });
    expect(await fleet.updateOf(campaign, must(bad))).toMatchObject({ status: 'open', generation: 2 });
    expect(await fleet.updateOf(campaign, must(good))).toMatchObject({ outcome: 'succeeded', generation: 1 });
    expect(await runs(fleet, campaign, must(bad))).toBe(false);
    fleet.pass(HOUR);
    expect(await runs(fleet, campaign, must(bad))).toBe(true);
  });

  it('rests as long after a failure when an operator adds it again, and no other does', async () => {
    const [bad, removed] = await fleet.world.addDevices(2);
    const retry = { attempts: 1, backOff: 0, classes: {}, coolDown: HOUR };
    const campaign = await rollOut(fleet, { retry }, [must(bad), must(removed)]);
    await runs(fleet, campaign, must(bad), false);
    const ids = [must(bad).id, must(removed).id];
    granted(await removeDevices(fleet.deps, fleet.operator, campaign.id, [must(removed).id]));
    fleet.pass(HOUR / 2);
    const at = { campaign: campaign.id, device: must(bad).id };
    const { changesAt } = granted(await explainUpdate(fleet.deps, fleet.operator, at));
    expect(granted(await addDevices(fleet.deps, fleet.operator, campaign.id, ids)).added).toBe(2);
    expect(await runs(fleet, campaign, must(removed))).toBe(true);
    expect(await fleet.contact(must(bad))).toMatchObject({ due: undefined, until: changesAt });
    fleet.pass(HOUR / 2);
    expect(await runs(fleet, campaign, must(bad))).toBe(true);
  });

  it('is refused in a campaign that is over', async () => {
    const campaign = await rollOut(fleet, {}, [await fleet.world.addDevice()]);
    granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'cancel' }));
    expect(await retryFailed(fleet.deps, fleet.operator, campaign.id)).toMatchObject({
      ok: false,
      refusal: { code: 'campaign/wrong-state' },
    });
  });

  it('does not offer its package again to a device that tells the old version after it succeeded', async () => {
    const device = await fleet.world.addDevice({ tags: ['north'], versions: {} });
    const settings = { 'ddi.version.fw': 'firmware' };
    const account = { ...fleet.operator.account, settings };
    const campaign = await rollOut(fleet, { target }, []);
    await runs(fleet, campaign, device);
    const speaker = { account, actor: { kind: 'device', id: device.id } } as const;
    granted(await setAttributes(fleet.deps, speaker, device, 'merge', { fw: '1.2.0' }));
    const told = (await fleet.world.events()).find(({ body }) => body.type === 'device-contradicted');
    expect(told?.body).toMatchObject({ expected: '1.3.0', told: '1.2.0', offeredAgain: false });
    granted(await retryFailed(fleet.deps, fleet.operator, campaign.id));
    fleet.pass(HOUR);
    await fleet.work();
    expect(await fleet.contact(device)).toBeUndefined();
    expect((await again(fleet, campaign)).status).toBe('running');
  });
});
