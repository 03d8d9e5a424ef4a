import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Caller, signatureOf } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import { event, save } from './change.ts';
import type { StoredSubscription, Subscription } from './delivery-records.ts';
import type { EventBody } from './event-records.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import type { Write } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** Which of a campaign's subscriptions: a wire has at most one about each of its topics. */
export type Topic = Pick<Subscription, 'wire' | 'topic'>;
/** Where what happens in a campaign is told, and how. */
export type CampaignSubscription = Topic &
  Pick<Subscription, 'destinationId' | 'only' | 'path' | 'headers' | 'template'>;

const ofTopic = async (
  { store }: Pick<Deps, 'store'>,
  { account }: Pick<Caller, 'account'>,
  campaign: StoredCampaign,
  { wire, topic }: Topic,
): Promise<readonly StoredSubscription[]> => {
  const about = await store.subscriptions.about(account.key, campaign.key);
  return about.filter((one) => one.campaign === campaign.key && one.wire === wire && one.topic === topic);
};

/** What a campaign's topic is subscribed with; `undefined` when nobody is told. */
export const getCampaignSubscription = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  campaignId: string,
  topic: Topic,
): Promise<Result<StoredSubscription | undefined, Refusal>> => {
  const campaign = await getCampaign(deps, caller, campaignId);
  return campaign.ok ? ok((await ofTopic(deps, caller, campaign.value, topic))[0]) : campaign;
};

const fields = ['destinationId', 'only', 'path', 'headers', 'template'] as const;

const says = (subscription: StoredSubscription, wanted: CampaignSubscription): boolean =>
  fields.every((field) => JSON.stringify(subscription[field]) === JSON.stringify(wanted[field]));

/**
 * Has a topic of a campaign told to a destination, in place of the one before. With another destination what waits
 * for the old one is not sent any more.
 */
export const setCampaignSubscription = (
  deps: Deps,
  caller: Caller,
  campaignId: string,
  wanted: CampaignSubscription,
): Promise<Result<undefined, Refusal>> =>
  change(deps, caller, campaignId, wanted, async (campaign, present) => {
    const { store, ids, clock } = deps;
    const { destinationId } = wanted;
    const destination = await store.destinations.find(caller.account.key, destinationId);
    if (destination === undefined) {
      return refused({ code: 'not-found', entity: 'destination', id: destinationId });
    }
    const was = present.find((one) => one.destinationId === destinationId);
    const others = present.filter((one) => one !== was).map(dropped);
    if (was !== undefined && says(was, wanted)) return ok(others);
    const value = {
      ...wanted,
      id: was?.id ?? ids.uuid(),
      campaign: campaign.key,
      campaignId: campaign.id,
      createdBy: was?.createdBy ?? signatureOf(caller.actor),
      createdAt: was?.createdAt ?? clock(),
    };
    const write: Write = { save: 'subscription', value, ...(was !== undefined && { was }) };
    return ok([...others, { write, body: { type: 'subscription-saved', id: value.id } }]);
  });

/** Has a topic of a campaign told to nobody. A repeat changes nothing. */
export const dropCampaignSubscription = (
  deps: Deps,
  caller: Caller,
  campaignId: string,
  topic: Topic,
): Promise<Result<undefined, Refusal>> =>
  change(deps, caller, campaignId, topic, async (_, present) => ok(present.map(dropped)));

type Step = { readonly write: Write; readonly body: EventBody };

const dropped = (was: StoredSubscription): Step => ({
  write: { drop: 'subscription', was },
  body: { type: 'subscription-deleted', id: was.id },
});

const change = (
  deps: Deps,
  caller: Caller,
  campaignId: string,
  topic: Topic,
  decide: (
    campaign: StoredCampaign,
    present: readonly StoredSubscription[],
  ) => Promise<Result<readonly Step[], Refusal>>,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  return save(store, { entity: 'subscription', id: topic.topic }, async () => {
    const campaign = await getCampaign(deps, caller, campaignId);
    if (!campaign.ok) return campaign;
    const steps = await decide(campaign.value, await ofTopic(deps, caller, campaign.value, topic));
    if (!steps.ok) return steps;
    const by = { actor: caller.actor, at: clock() };
    const about = { campaign: campaign.value.key };
    return ok({
      change: {
        account: caller.account.key,
        writes: steps.value.map(({ write }) => write),
        events: steps.value.map(({ body }) => event(body, by, about)),
      },
      value: undefined,
    });
  });
};
