import { describe, expect, it } from 'vitest';
import { packageKinds } from '../../../src/domain/package.ts';
import {
  campaignsOfEveryStatus,
  sampleCampaign,
  samplePackage,
  samplePlan,
  sampleQuery,
  updatesOfEveryKind,
} from '../../support/samples.ts';
import { allPages, ids, must, newWorld, type OpenStore, useStore } from './world.ts';

export const catalogueContract = (open: OpenStore): void => {
  describe('packages', () => {
    const store = useStore(open);
    const anything = { text: '', kind: null, make: '', model: '' } as const;

    it('keep all that is known of them', async () => {
      const { account, addPackage } = await newWorld(store());
      for (const kind of packageKinds) expect(await addPackage({ kind })).toMatchObject({ kind });
      const phases = ['verify', 'execute', 'activate', 'reset'] as const;
      for (const archive of [{ form: 'opaque' }, { form: 'iotcp', headless: true, phases }] as const) {
        const value = samplePackage({ archive, make: '', fromVersion: '', labels: {} });
        const { key } = await addPackage(value);
        expect(await store().packages.find(account, value.id)).toEqual({ ...value, key, revision: 1 });
      }
      const pack = await addPackage();
      expect(pack).toEqual({ ...samplePackage({ id: pack.id }), key: pack.key, revision: 1 });
      const found = await store().packages.findMany(account, [pack.id, 'unknown']);
      expect(found).toEqual([pack]);
      expect(await store().packages.find(account, 'unknown')).toBeUndefined();
      expect(await store().packages.findMany(account, [])).toEqual([]);
    });

    it('are listed by text, kind, make and model', async () => {
      const { account, addPackage } = await newWorld(store());
      const list = async (filter: object) => {
        const packages = await allPages((after) =>
          store().packages.list(account, { ...anything, ...filter }, { after, limit: 2 }),
        );
        return packages.map(({ name }) => name);
      };
      await addPackage({ name: 'Maps 100%', kind: 'file', make: '', model: '' });
      await addPackage({ name: 'maps_europe', kind: 'software', model: 'TCU-3' });
      await addPackage({ name: 'Übersetzung', kind: 'file', make: 'acme' });
      expect(await list({})).toEqual(['Maps 100%', 'maps_europe', 'Übersetzung']);
      expect(await list({ text: 'MAPS' })).toEqual(['Maps 100%', 'maps_europe']);
      expect(await list({ text: 'aps' })).toEqual(['Maps 100%', 'maps_europe']);
      expect(await list({ text: '%' })).toEqual(['Maps 100%']);
      expect(await list({ text: '_' })).toEqual(['maps_europe']);
      expect(await list({ text: '\\' })).toEqual([]);
      expect(await list({ kind: 'file' })).toEqual(['Maps 100%', 'Übersetzung']);
      expect(await list({ make: 'Acme' })).toEqual(['maps_europe']);
      expect(await list({ model: 'TCU-3', kind: 'file' })).toEqual([]);
      expect(await list({ model: 'TCU-3', kind: 'software', make: 'Acme', text: 'EURO' })).toHaveLength(1);
    });

    it('are found without regard to case in any script', async () => {
      const { account, addPackage } = await newWorld(store());
      const pack = await addPackage({ name: 'Übersetzung ΩΜΕΓΑ' });
      for (const text of ['üBER', 'ωμεγα']) {
        const { items } = await store().packages.list(account, { ...anything, text }, { after: 0, limit: 5 });
        expect(ids(items)).toEqual([pack.id]);
      }
    });

    it('are used by campaigns that may still send them', async () => {
      const { account, addPackage, addCampaign } = await newWorld(store());
      const [pack, unused] = [await addPackage(), await addPackage()];
      const plan = samplePlan({ packages: ['other', pack.id] });
      const campaigns = campaignsOfEveryStatus().map((campaign) => ({ ...campaign, plan }));
      for (const campaign of campaigns) await addCampaign(campaign);
      const live = ['draft', 'awaiting-approval', 'approved', 'scheduled', 'running', 'paused'];
      const expected = ids(campaigns.filter(({ status }) => live.includes(status)));
      expect((await store().packages.usedBy(account, pack.id)).toSorted()).toEqual(expected.toSorted());
      expect(await store().packages.usedBy(account, unused.id)).toEqual([]);
    });

    it('are used once and no longer as the plan changes and ends', async () => {
      const { account, addPackage, addCampaign, write } = await newWorld(store());
      const [one, two] = [await addPackage(), await addPackage()];
      const campaign = await addCampaign(sampleCampaign({ plan: samplePlan({ packages: [one.id] }) }));
      const usedBy = () => Promise.all([one, two].map(({ id }) => store().packages.usedBy(account, id)));
      expect(await usedBy()).toEqual([[campaign.id], []]);
      const plan = samplePlan({ packages: [two.id] });
      await write({ save: 'campaign', was: campaign, value: { ...campaign, plan } });
      expect(await usedBy()).toEqual([[], [campaign.id]]);
      const was = must(await store().campaigns.find(account, campaign.id));
      const value = {
        ...sampleCampaign({ id: was.id, plan }),
        status: 'cancelled',
        startedAt: null,
        cancelledAt: 5,
      } as const;
      await write({ save: 'campaign', was, value });
      expect(await usedBy()).toEqual([[], []]);
    });

    it('are used by campaigns in which an open update has them for itself', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const [pack, campaign] = [await world.addPackage(), await world.addCampaign()];
      const devices = await world.addDevices(2);
      await world.join(campaign, devices);
      for (const device of devices) {
        const was = await world.updateOf(campaign, device);
        await world.write({ save: 'update', was, value: { ...was, packages: ['other', pack.id] } });
      }
      expect(await store().packages.usedBy(account, pack.id)).toEqual([campaign.id]);
      const closed = must(updatesOfEveryKind().find(({ status }) => status === 'closed'));
      for (const device of devices) {
        expect(await store().packages.usedBy(account, pack.id)).toEqual([campaign.id]);
        const was = await world.updateOf(campaign, device);
        await world.write({ save: 'update', was, value: { ...closed, packages: [pack.id] } });
      }
      expect(await store().packages.usedBy(account, pack.id)).toEqual([]);
    });

    it('are told to be used by ten campaigns at most', async () => {
      const { account, addPackage, addCampaign } = await newWorld(store());
      const pack = await addPackage();
      const plan = samplePlan({ packages: [pack.id] });
      const campaigns = Array.from({ length: 12 }, () => sampleCampaign({ plan }));
      for (const campaign of campaigns) await addCampaign(campaign);
      const usedBy = await store().packages.usedBy(account, pack.id);
      expect(usedBy).toHaveLength(10);
      expect(new Set(usedBy).isSubsetOf(new Set(ids(campaigns)))).toBe(true);
    });

    it('share bytes across accounts', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const digests = { ...samplePackage().digests, sha256: '0123456789abcdef'.repeat(4) };
      expect(await store().packages.hasBytes(digests.sha256)).toBe(false);
      const packs = [await one.addPackage({ digests }), await other.addPackage({ digests })];
      expect(await store().packages.hasBytes(digests.sha256)).toBe(true);
      await one.write({ drop: 'package', was: must(packs[0]) });
      expect(await store().packages.hasBytes(digests.sha256)).toBe(true);
      await other.write({ drop: 'package', was: must(packs[1]) });
      expect(await store().packages.hasBytes(digests.sha256)).toBe(false);
    });
  });

  describe('queries', () => {
    const store = useStore(open);

    it('are found by id and listed in pages', async () => {
      const { account, write } = await newWorld(store());
      const queries = [sampleQuery(), sampleQuery(), sampleQuery()];
      for (const value of queries) await write({ save: 'query', value });
      const stored = queries.map((value) => ({ ...value, version: 1 }));
      expect(await store().queries.find(account, must(queries[1]).id)).toEqual(stored[1]);
      expect(await store().queries.find(account, 'unknown')).toBeUndefined();
      const first = await store().queries.list(account, { after: 0, limit: 2 });
      expect(first.items).toEqual(stored.slice(0, 2));
      const last = await store().queries.list(account, { after: must(first.next ?? undefined), limit: 1 });
      expect(last).toEqual({ items: stored.slice(2), next: null });
    });
  });
};
