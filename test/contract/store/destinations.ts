import { describe, expect, it } from 'vitest';
import type { Destination, Subscription } from '../../../src/app/delivery-records.ts';
import { NOON, nastyTexts, sampleDestination, sampleSubscription } from '../../support/samples.ts';
import { newPushWorld } from './push-world.ts';
import { allPages, bare, ids, must, type OpenStore, useStore } from './world.ts';

export const destinationsContract = (open: OpenStore): void => {
  describe('destinations', () => {
    const store = useStore(open);

    it('keep all that is known of them, secrets too', async () => {
      const { account, addDestination } = await newPushWorld(store());
      const text = nastyTexts.join(' ');
      const givens: readonly Partial<Destination>[] = [
        {},
        { authentication: { kind: 'none' }, headers: [], secrets: [], olderSecretsUntil: null },
        { authentication: { kind: 'bearer', token: text }, trust: text, description: text },
        { order: 'strict', failingSince: NOON, disabled: { at: NOON + 1, because: text } },
      ];
      for (const given of givens) {
        const value = sampleDestination(given);
        const { key } = await addDestination(value);
        expect(await store().destinations.find(account, value.id)).toEqual({ ...value, key, version: 1 });
      }
      expect(await store().destinations.find(account, 'unknown')).toBeUndefined();
    });

    it('are replaced as a whole', async () => {
      const { account, addDestination, edit } = await newPushWorld(store());
      const [was, other] = [
        await addDestination(),
        sampleDestination({ order: 'strict', url: 'http://b.example' }),
      ];
      const changed = await edit(was, { ...other, id: was.id });
      expect(bare(changed)).toEqual({ ...other, id: was.id });
      expect(await store().destinations.find(account, other.id)).toBeUndefined();
    });

    it('are listed in pages by creation or slices by name', async () => {
      const { account, addDestination } = await newPushWorld(store());
      const names = ['b', 'C', 'a'];
      for (const name of names) await addDestination({ name });
      const pages = await allPages((after) => store().destinations.list(account, { after, limit: 2 }));
      expect(pages.map(({ name }) => name)).toEqual(names);
      const slice = { skip: 0, limit: 2, by: 'name', descending: true } as const;
      const { items, total } = await store().destinations.slice(account, slice);
      expect([total, items.map(({ name }) => name)]).toEqual([3, ['C', 'b']]);
    });

    it('go with their subscriptions, to other destinations there stay some', async () => {
      const { account, addDestination, addSubscription, write } = await newPushWorld(store());
      const [one, other] = [await addDestination(), await addDestination()];
      const gone = [await addSubscription(one), await addSubscription(one)];
      const left = await addSubscription(other);
      await write({ drop: 'destination', was: one });
      expect(await store().destinations.find(account, one.id)).toBeUndefined();
      for (const { id } of gone) expect(await store().subscriptions.find(account, id)).toBeUndefined();
      expect(await store().subscriptions.about(account, null)).toEqual([left]);
      expect(await store().subscriptions.ofDestination(account, one.id)).toEqual([]);
    });
  });

  describe('subscriptions', () => {
    const store = useStore(open);

    it('keep all that is known of them', async () => {
      const { account, addDestination, addSubscription, addCampaign } = await newPushWorld(store());
      const [destination, campaign] = [await addDestination(), await addCampaign()];
      const text = nastyTexts.join(' ');
      const givens: readonly Partial<Subscription>[] = [
        {},
        { campaign: campaign.key, campaignId: campaign.id, wire: 'pulse', topic: 'state-change' },
        { wire: 'thingspace', only: nastyTexts, path: text, template: text },
        { headers: [{ name: 'X-Text', value: text }] },
      ];
      for (const given of givens) {
        const value = sampleSubscription(destination, given);
        expect(await addSubscription(destination, value)).toEqual({ ...value, version: 1 });
      }
      expect(await store().subscriptions.find(account, 'unknown')).toBeUndefined();
    });

    it('are those about the account, and about a campaign', async () => {
      const { account, addDestination, addSubscription, addCampaign } = await newPushWorld(store());
      const destination = await addDestination();
      const [one, other] = [await addCampaign(), await addCampaign()];
      const of = ({ key, id }: typeof one) => addSubscription(destination, { campaign: key, campaignId: id });
      const [mine, everything, theirs, late] = [
        ...[await of(one), await addSubscription(destination), await of(other)],
        await addSubscription(destination),
      ];
      expect(await store().subscriptions.about(account, null)).toEqual([everything, late]);
      expect(await store().subscriptions.about(account, one.key)).toEqual([mine, everything, late]);
      expect(await store().subscriptions.about(account, other.key)).toEqual([everything, theirs, late]);
    });

    it('are listed oldest first, and by destination', async () => {
      const { account, addDestination, addSubscription } = await newPushWorld(store());
      const [one, other] = [await addDestination(), await addDestination()];
      const made = [await addSubscription(one), await addSubscription(other), await addSubscription(one)];
      const pages = await allPages((after) => store().subscriptions.list(account, { after, limit: 2 }));
      expect(pages).toEqual(made);
      expect(ids(await store().subscriptions.ofDestination(account, one.id))).toEqual([
        ...[must(made[0]).id, must(made[2]).id],
      ]);
    });

    it('go with their campaign', async () => {
      const { account, addDestination, addSubscription, addCampaign, write } = await newPushWorld(store());
      const [destination, campaign] = [await addDestination(), await addCampaign()];
      const about = { campaign: campaign.key, campaignId: campaign.id };
      const [gone, left] = [await addSubscription(destination, about), await addSubscription(destination)];
      await write({ drop: 'campaign', was: campaign });
      expect(await store().subscriptions.find(account, gone.id)).toBeUndefined();
      expect(await store().subscriptions.about(account, campaign.key)).toEqual([left]);
    });
  });
};
