import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { planOfCampaign } from '../../../client/document/plan.ts';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { keys } from '../../data/keys.ts';
import { type Api, useApi } from '../../session/use-session.ts';
import type { Form } from './form.ts';

/** What follows once the campaign is saved. */
export type Then =
  | { readonly do: 'nothing' }
  | { readonly do: 'start'; readonly confirm: boolean }
  | { readonly do: 'schedule'; readonly startAt: string };

type Wanted = { readonly form: Form; readonly was: Campaign | undefined; readonly then: Then };

/** What is done already when a later step is refused: it is not done again. */
type Progress = { made: Campaign | undefined; added: boolean; key: string };

const saved = async ({ client }: Api, { form, was }: Wanted, progress: Progress): Promise<Campaign> => {
  if (was === undefined) return client.createCampaign({ body: form.plan, idempotencyKey: progress.key });
  const { patchOf } = await import('../../../client/document/diff.ts');
  const body = patchOf(planOfCampaign(was), form.plan);
  if (Object.keys(body).length === 0) return was;
  return client.editCampaign({ params: { campaign: was.id }, body, expected: was.revision });
};

const followedBy = async ({ client }: Api, campaign: Campaign, then: Then): Promise<Campaign> => {
  const params = { campaign: campaign.id };
  if (then.do === 'schedule') return client.scheduleCampaign({ params, body: { startAt: then.startAt } });
  if (then.do === 'start')
    return client.startCampaign({ params, ...(then.confirm && { query: { confirm: true } }) });
  return campaign;
};

/** Saves a campaign, adds its devices, and starts it, as far as that is wanted; tried again it goes on where it was. */
export const useSave = (onDone: (campaign: Campaign) => void) => {
  const api = useApi();
  const queries = useQueryClient();
  const progress = useRef<Progress>({ made: undefined, added: false, key: crypto.randomUUID() });
  const mutation = useMutation({
    mutationFn: async (wanted: Wanted) => {
      const { current } = progress;
      current.made ??= await saved(api, wanted, current);
      const { devices, plan } = wanted.form;
      if (plan.target.by === 'hand' && devices.length > 0 && !current.added) {
        await api.client.addCampaignDevices({
          params: { campaign: current.made.id },
          body: { devices: [...devices] },
        });
        current.added = true;
      }
      return followedBy(api, current.made, wanted.then);
    },
    onSuccess: async (campaign) => {
      await queries.invalidateQueries({ queryKey: keys.campaign(api.account, campaign.id) });
      await queries.invalidateQueries({ queryKey: keys.campaigns(api.account) });
      onDone(campaign);
    },
  });
  return {
    ...mutation,
    /** The campaign, once it is saved, whatever came after. */
    made: (): Campaign | undefined => progress.current.made,
    /** What was filled in is another campaign now: a key that was used stands for what was sent with it. */
    renew: (): void => {
      if (progress.current.made === undefined) progress.current.key = crypto.randomUUID();
      mutation.reset();
    },
  };
};
