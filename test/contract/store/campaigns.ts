import { describe, expect, it } from 'vitest';
import { type Campaign, campaignStatuses, evolve } from '../../../src/domain/campaign.ts';
import { newProgress } from '../../../src/domain/rollout.ts';
import { HOUR } from '../../../src/domain/time.ts';
import {
  campaignsOfEveryStatus,
  fullPlan,
  NOON,
  nastyTexts,
  sampleCampaign,
  sampleJob,
  samplePlan,
} from '../../support/samples.ts';
import { ANY_CAMPAIGN, allPages, bare, ids, must, newWorld, type OpenStore, useStore } from './world.ts';

export const campaignsContract = (open: OpenStore): void => {
  describe('campaigns', () => {
    const store = useStore(open);
    const anything = ANY_CAMPAIGN;

    it.each(campaignsOfEveryStatus().map((campaign) => [campaign.status, campaign]))(
      'are kept when %s',
      async (_, campaign) => {
        const { account, addCampaign, write } = await newWorld(store());
        const stored = await addCampaign(campaign);
        expect(bare(stored)).toEqual(campaign);
        expect(await store().campaigns.get(account, stored.key)).toEqual(stored);
        const was = await addCampaign();
        const value: Campaign = { ...campaign, id: was.id };
        await write({ save: 'campaign', was, value });
        const found = must(await store().campaigns.find(account, was.id));
        expect(found).toEqual({ ...value, key: was.key, version: 2 });
        const back = sampleCampaign({ id: was.id });
        await write({ save: 'campaign', was: found, value: back });
        expect(bare(must(await store().campaigns.find(account, was.id)))).toEqual(back);
      },
    );

    it('keep every part of a plan', async () => {
      const { addCampaign } = await newWorld(store());
      expect(await addCampaign(sampleCampaign({ plan: fullPlan() }))).toMatchObject({ plan: fullPlan() });
    });

    it('keep a big plan', async () => {
      const { addCampaign } = await newWorld(store());
      const text = nastyTexts.join('\n');
      const plan = fullPlan({
        description: text.repeat(20),
        packages: Array.from({ length: 500 }, (_, n) => `package-${n}`),
        target: { by: 'query', expression: `name = "${text}"`, list: null, reevaluateSeconds: 60 },
        settings: Object.fromEntries(nastyTexts.map((value, n) => [`${n} ${value}`, value])),
      });
      expect((await addCampaign(sampleCampaign({ plan }))).plan).toEqual(plan);
    });

    it('may be saved as they come out of the domain', async () => {
      const { account, addCampaign, write } = await newWorld(store());
      const was = await addCampaign();
      const value = evolve(was, { type: 'campaign-approval-given', by: 'user-cem' }, NOON);
      await write({ save: 'campaign', was, value });
      expect(await store().campaigns.find(account, was.id)).toEqual({ ...value, version: 2 });
    });

    it('are listed by text, status and package', async () => {
      const { account, addCampaign } = await newWorld(store());
      const list = async (filter: object) => {
        const found = await allPages((after) =>
          store().campaigns.list(account, { ...anything, ...filter }, { after, limit: 2 }),
        );
        return found.map(({ plan }) => plan.name);
      };
      const plans = [
        samplePlan({ name: 'Spring 100%', packages: ['p1', 'p2'] }),
        samplePlan({ name: 'spring_two', packages: ['p2'] }),
        samplePlan({ name: 'Ärger', packages: [], description: 'spring' }),
      ];
      for (const [index, plan] of plans.entries()) {
        await addCampaign(sampleCampaign({ plan, status: index === 1 ? 'approved' : 'draft' }));
      }
      expect(await list({})).toEqual(['Spring 100%', 'spring_two', 'Ärger']);
      expect(await list({ text: 'SPRING' })).toEqual(['Spring 100%', 'spring_two']);
      expect(await list({ text: 'ärg' })).toEqual(['Ärger']);
      expect(await list({ text: '0%' })).toEqual(['Spring 100%']);
      expect(await list({ text: 'g_t' })).toEqual(['spring_two']);
      expect(await list({ statuses: ['approved', 'ended'] })).toEqual(['spring_two']);
      expect(await list({ statuses: campaignStatuses })).toHaveLength(3);
      expect(await list({ packageIds: ['p2'] })).toEqual(['Spring 100%', 'spring_two']);
      expect(await list({ packageIds: ['p'] })).toEqual([]);
      expect(await list({ packageIds: ['p2'], text: 'two', statuses: ['draft'] })).toEqual([]);
    });

    it('are listed in pages that say when they are the last', async () => {
      const { account, addCampaign } = await newWorld(store());
      const campaigns = [await addCampaign(), await addCampaign(), await addCampaign(), await addCampaign()];
      const first = await store().campaigns.list(account, anything, { after: 0, limit: 2 });
      expect(first).toEqual({ items: campaigns.slice(0, 2), next: must(campaigns[1]).key });
      await addCampaign();
      const second = await store().campaigns.list(account, anything, { after: first.next ?? 0, limit: 3 });
      expect(ids(second.items).slice(0, 2)).toEqual(ids(campaigns.slice(2)));
      expect(second.next).toBeNull();
    });

    it('are due when the clock moves them on, the longest overdue first', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const endAt = NOON - 2 * HOUR;
      const ending = samplePlan({ endAt });
      const late = { status: 'scheduled', startAt: NOON - HOUR } as const;
      const later = { status: 'scheduled', startAt: NOON } as const;
      const ahead = { status: 'scheduled', startAt: NOON + 1 } as const;
      const atEnd = { status: 'running', startedAt: 1, progress: newProgress(1) } as const;
      const first = await one.addCampaign({ ...sampleCampaign({ plan: ending }), ...atEnd });
      const third = await one.addCampaign({ ...sampleCampaign(), ...later });
      const second = await other.addCampaign({ ...sampleCampaign(), ...late });
      await one.addCampaign({ ...sampleCampaign(), ...ahead });
      await one.addCampaign(sampleCampaign({ plan: ending }));
      await one.addCampaign({ ...sampleCampaign(), ...atEnd });
      const due = await store().campaigns.due(NOON, 100);
      expect(due).toEqual([
        { account: one.account, campaign: first },
        { account: other.account, campaign: second },
        { account: one.account, campaign: third },
      ]);
      expect(await store().campaigns.due(NOON, 2)).toEqual(due.slice(0, 2));
      const over = {
        ...sampleCampaign({ id: first.id }),
        status: 'ended',
        startedAt: NOON,
        endedAt: 1,
        because: 'end-date',
      } as const;
      await one.write({ save: 'campaign', was: first, value: over });
      expect(await store().campaigns.due(NOON, 100)).toEqual(due.slice(1));
    });

    it('take their updates with them', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const [campaign, other] = [await world.addCampaign(), await world.addCampaign()];
      const devices = await world.addDevices(3);
      for (const each of [campaign, other]) await world.join(each, devices);
      await world.write({ save: 'job', value: sampleJob(campaign, { status: 'done' }) });
      await world.write({ drop: 'campaign', was: campaign });
      expect(await world.counts(campaign)).toEqual({ open: {}, closed: {} });
      expect(await world.updatesOf(campaign)).toEqual([]);
      expect(await world.counts(other)).toEqual({ open: { pending: 3 }, closed: {} });
      for (const { key } of devices) {
        const left = await store().updates.ofDevice(account, key, 10);
        expect(left).toMatchObject([{ campaignId: other.id }]);
      }
    });
  });
};
