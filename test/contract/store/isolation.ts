import { describe, expect, it } from 'vitest';
import {
  ada,
  NOON,
  sampleCredential,
  sampleDocument,
  sampleJob,
  sampleQuery,
  sampleRole,
  sampleTransfers,
  sampleUser,
} from '../../support/samples.ts';
import { ANY_DELIVERY, NEWEST, newPushWorld } from './push-world.ts';
import {
  ALL,
  ANY_CAMPAIGN,
  ANY_PACKAGE,
  EVERYTHING,
  must,
  newWorld,
  type OpenStore,
  useStore,
} from './world.ts';

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
      const told = { campaign: campaign.key, device: device.key, at: NOON, value: sampleTransfers() };
      await mine.write({ save: 'transfers', ...told });
      const [query, job] = [sampleQuery(), sampleJob(campaign)];
      await mine.write({ save: 'query', value: query }, { save: 'job', value: job });
      const idempotency = { key: 'k', digest: 'd', entity: 'query', id: query.id } as const;
      await store().commit({ account: mine.account, writes: [], events: [], idempotency });
      const { account } = theirs;
      const s = store();
      const updates = { positions: [], outcomes: [], open: null };
      const nothing = { items: [], next: null };
      const [none, slice] = [
        { items: [], total: 0 },
        { skip: 0, limit: 9, by: 'name', descending: false },
      ] as const;
      expect(await s.users.list(account, EVERYTHING)).toEqual(nothing);
      expect(await s.users.membership(account, user.id)).toBeUndefined();
      expect(await s.roles.find(account, role.id)).toBeUndefined();
      expect(await s.roles.list(account)).toEqual([]);
      expect(await s.roles.holders(account, role.id)).toBe(0);
      expect(await s.devices.find(account, device.id)).toBeUndefined();
      expect(await s.devices.get(account, device.key)).toBeUndefined();
      expect(await s.devices.findMany(account, [device.id])).toEqual([]);
      expect(await s.devices.list(account, ALL, EVERYTHING)).toEqual(nothing);
      expect(await s.devices.slice(account, ALL, slice)).toEqual(none);
      expect(await s.devices.count(account, ALL)).toBe(0);
      expect(await s.devices.credentials(account, device.key)).toEqual([]);
      expect(await s.packages.find(account, pack.id)).toBeUndefined();
      expect(await s.packages.findMany(account, [pack.id])).toEqual([]);
      expect(await s.packages.list(account, ANY_PACKAGE, EVERYTHING)).toEqual(nothing);
      expect(await s.packages.slice(account, ANY_PACKAGE, slice)).toEqual(none);
      expect(await s.packages.usedBy(account, campaign.plan.packages[0] ?? '')).toEqual([]);
      expect(await s.queries.find(account, query.id)).toBeUndefined();
      expect(await s.queries.list(account, EVERYTHING)).toEqual(nothing);
      expect(await s.campaigns.find(account, campaign.id)).toBeUndefined();
      expect(await s.campaigns.get(account, campaign.key)).toBeUndefined();
      expect(await s.campaigns.list(account, ANY_CAMPAIGN, EVERYTHING)).toEqual(nothing);
      expect(await s.campaigns.slice(account, ANY_CAMPAIGN, slice)).toEqual(none);
      expect(await s.campaigns.countByStatus(account)).toEqual({});
      expect(await theirs.counts(campaign)).toEqual({ open: {}, closed: {} });
      expect(await s.updates.find(account, campaign.key, device.key)).toBeUndefined();
      expect(await s.updates.list(account, campaign.key, updates, EVERYTHING)).toEqual(nothing);
      expect(await s.updates.slice(account, campaign.key, updates, slice)).toEqual(none);
      expect(await s.updates.transfers(account, campaign.key, device.key)).toBeUndefined();
      expect(await s.updates.ofDevice(account, device.key, 10)).toEqual([]);
      expect(await theirs.events()).toHaveLength(1);
      expect(await s.idempotency.find(account, 'k')).toBeUndefined();
      expect(await s.jobs.find(account, job.id)).toBeUndefined();
      expect(await s.jobs.ofCampaign(account, campaign.key)).toEqual([]);
    });

    it('sees nothing of what this one keeps for wires, and of what it pushes', async () => {
      const [mine, theirs] = [await newPushWorld(store()), await newPushWorld(store())];
      const campaign = await mine.addCampaign();
      const { destination, subscription } = await mine.follow();
      const about = { campaign: campaign.key, campaignId: campaign.id };
      await mine.addSubscription(destination, about);
      const document = sampleDocument();
      await mine.write({ save: 'document', value: document });
      const [delivery] = await mine.send(subscription, { campaign: campaign.key, status: 'dead' });
      const { account } = theirs;
      const s = store();
      const slice = { skip: 0, limit: 10, by: 'created', descending: false } as const;
      const [nothing, noSlice] = [
        { items: [], next: null },
        { items: [], total: 0 },
      ];
      expect(await s.documents.find(account, document.kind, document.id)).toBeUndefined();
      expect(await s.documents.findByName(account, document.kind, document.name)).toBeUndefined();
      expect(await s.documents.list(account, document.kind, EVERYTHING)).toEqual(nothing);
      expect(await s.documents.slice(account, document.kind, slice)).toEqual(noSlice);
      expect(await s.destinations.find(account, destination.id)).toBeUndefined();
      expect(await s.destinations.list(account, EVERYTHING)).toEqual(nothing);
      expect(await s.destinations.slice(account, slice)).toEqual(noSlice);
      expect(await s.subscriptions.find(account, subscription.id)).toBeUndefined();
      expect(await s.subscriptions.list(account, EVERYTHING)).toEqual(nothing);
      expect(await s.subscriptions.about(account, campaign.key)).toEqual([]);
      expect(await s.subscriptions.ofDestination(account, destination.id)).toEqual([]);
      const id = must(delivery).id;
      expect(await s.deliveries.find(account, id)).toBeUndefined();
      expect(await theirs.deliveries()).toEqual([]);
      const filter = { ...ANY_DELIVERY, destinationId: destination.id };
      expect(await s.deliveries.list(account, filter, NEWEST)).toEqual(nothing);
      expect(await s.deliveries.replay(account, { ids: [id] }, NOON)).toBe(0);
      expect(await s.deliveries.replay(account, ANY_DELIVERY, NOON)).toBe(0);
      await theirs.send(subscription, {});
      expect(await mine.deliveries()).toEqual([delivery]);
    });

    it("cannot end this one's deliveries", async () => {
      const [mine, theirs] = [await newPushWorld(store()), await newPushWorld(store())];
      const [campaign, follows] = [await mine.addCampaign(), await mine.follow()];
      const about = { campaign: campaign.key, campaignId: campaign.id };
      const subscription = await mine.addSubscription(follows.destination, about);
      await mine.send(subscription, { id: 'd1' });
      const twin = await theirs.addCampaign();
      expect(twin.key).toBe(campaign.key);
      const { destination } = await theirs.follow({ id: follows.destination.id });
      await theirs.write({ drop: 'campaign', was: twin }, { drop: 'destination', was: destination });
      for (const was of [follows.destination, subscription]) {
        const drop =
          'url' in was ? ({ drop: 'destination', was } as const) : ({ drop: 'subscription', was } as const);
        expect(await theirs.attempt([drop])).toEqual({ ok: false, why: 'changed-meanwhile' });
      }
      expect(await mine.find({ id: 'd1' })).toMatchObject({ status: 'waiting' });
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
