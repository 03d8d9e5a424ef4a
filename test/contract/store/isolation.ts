import { describe, expect, it } from 'vitest';
import {
  ada,
  NOON,
  sampleCredential,
  sampleJob,
  sampleQuery,
  sampleRole,
  sampleUser,
} from '../../support/samples.ts';
import { ALL, EVERYTHING, newWorld, type OpenStore, useStore } from './world.ts';

export const isolationContract = (open: OpenStore): void => {
  describe('another account', () => {
    const store = useStore(open);

    it('sees nothing of this one', async () => {
      const [mine, theirs] = [await newWorld(store()), await newWorld(store())];
      const [device, campaign] = [await mine.addDevice(), await mine.addCampaign()];
      const [pack, role, user] = [await mine.addPackage(), sampleRole(), sampleUser()];
      await mine.join(campaign, [device]);
      await mine.write(
        { save: 'role', value: role },
        { save: 'user', value: user },
        { save: 'membership', value: { userId: user.id, roleIds: [role.id] } },
        { save: 'credential', value: sampleCredential(device.key) },
      );
      const [query, job] = [sampleQuery(), sampleJob(campaign)];
      await mine.write({ save: 'query', value: query }, { save: 'job', value: job });
      const idempotency = { key: 'k', digest: 'd', entity: 'query', id: query.id } as const;
      await store().commit({ account: mine.account, writes: [], events: [], idempotency });
      const { account } = theirs;
      const [s, filter] = [store(), { text: '', statuses: [], packageId: '' }];
      const everyone = { text: '', kind: null, make: '', model: '' };
      const updates = { positions: [], outcomes: [], open: null };
      const nothing = { items: [], next: null };
      expect(await s.users.list(account, EVERYTHING)).toEqual(nothing);
      expect(await s.users.membership(account, user.id)).toBeUndefined();
      expect(await s.roles.find(account, role.id)).toBeUndefined();
      expect(await s.roles.list(account)).toEqual([]);
      expect(await s.roles.holders(account, role.id)).toBe(0);
      expect(await s.devices.find(account, device.id)).toBeUndefined();
      expect(await s.devices.get(account, device.key)).toBeUndefined();
      expect(await s.devices.findMany(account, [device.id])).toEqual([]);
      expect(await s.devices.list(account, ALL, EVERYTHING)).toEqual(nothing);
      expect(await s.devices.count(account, ALL)).toBe(0);
      expect(await s.devices.credentials(account, device.key)).toEqual([]);
      expect(await s.packages.find(account, pack.id)).toBeUndefined();
      expect(await s.packages.findMany(account, [pack.id])).toEqual([]);
      expect(await s.packages.list(account, everyone, EVERYTHING)).toEqual(nothing);
      expect(await s.packages.usedBy(account, campaign.plan.packages[0] ?? '')).toEqual([]);
      expect(await s.queries.find(account, query.id)).toBeUndefined();
      expect(await s.queries.list(account, EVERYTHING)).toEqual(nothing);
      expect(await s.campaigns.find(account, campaign.id)).toBeUndefined();
      expect(await s.campaigns.get(account, campaign.key)).toBeUndefined();
      expect(await s.campaigns.list(account, filter, EVERYTHING)).toEqual(nothing);
      expect(await theirs.counts(campaign)).toEqual({ open: {}, closed: {} });
      expect(await s.updates.find(account, campaign.key, device.key)).toBeUndefined();
      expect(await s.updates.list(account, campaign.key, updates, EVERYTHING)).toEqual(nothing);
      expect(await s.updates.ofDevice(account, device.key, 10)).toEqual([]);
      expect(await theirs.events()).toHaveLength(1);
      expect(await s.idempotency.find(account, 'k')).toBeUndefined();
      expect(await s.jobs.find(account, job.id)).toBeUndefined();
      expect(await s.jobs.ofCampaign(account, campaign.key)).toEqual([]);
    });

    it("cannot bring this one's devices into a campaign", async () => {
      const [mine, theirs] = [await newWorld(store()), await newWorld(store())];
      const [device, campaign] = [await mine.addDevice(), await theirs.addCampaign()];
      expect(await theirs.join(campaign, [device])).toMatchObject({ added: 0, unknown: [device.id] });
      const request = { account: theirs.account, campaign: campaign.key, actor: ada, now: NOON } as const;
      const all = { ...request, by: 'query', where: ALL, ...EVERYTHING } as const;
      expect(await store().updates.add(all)).toMatchObject({ added: 0, next: null });
    });
  });
};
