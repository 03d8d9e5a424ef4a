import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Campaign } from '../../wire/muster/campaigns.ts';
import { type Api, useApi } from '../session/use-session.ts';
import type { ActionName } from '../words/blast-radius.ts';
import { keys } from './keys.ts';

/** What somebody has said with an action. */
export type Said = { readonly startAt?: string; readonly comment?: string; readonly confirm?: boolean };

type Carry = (api: Api, campaign: Campaign, said: Said) => Promise<unknown>;

const at = ({ id, revision }: Campaign) => ({ params: { campaign: id }, expected: revision });

const carry: Readonly<Record<ActionName, Carry>> = {
  approve: ({ client }, campaign) => client.approveCampaign(at(campaign)),
  reject: ({ client }, campaign, { comment }) =>
    client.rejectCampaign({ ...at(campaign), body: comment ? { comment } : {} }),
  schedule: ({ client }, campaign, { startAt }) =>
    client.scheduleCampaign({ ...at(campaign), body: { startAt: startAt ?? '' } }),
  start: ({ client }, campaign, { confirm }) =>
    client.startCampaign({ ...at(campaign), ...(confirm && { query: { confirm } }) }),
  // Whatever else has changed: who wants to hold it wants to hold it.
  pause: ({ client }, { id }) => client.pauseCampaign({ params: { campaign: id } }),
  resume: ({ client }, campaign) => client.resumeCampaign(at(campaign)),
  stop: ({ client }, { id }) => client.stopCampaign({ params: { campaign: id } }),
  cancel: ({ client }, campaign) => client.cancelCampaign(at(campaign)),
  end: ({ client }, campaign) => client.endCampaign(at(campaign)),
  'open-wave': ({ client }, campaign) => client.openNextWave(at(campaign)),
  'retry-failed': ({ client }, campaign) => client.retryFailed({ params: { campaign: campaign.id } }),
  delete: ({ client }, campaign) => client.deleteCampaign(at(campaign)),
};

const done: Readonly<Record<ActionName, string>> = {
  approve: 'Approval given',
  reject: 'Rejected',
  schedule: 'Scheduled',
  start: 'Started',
  pause: 'Paused',
  resume: 'Resumed',
  stop: 'Stopped',
  cancel: 'Cancelled',
  end: 'Ended',
  'open-wave': 'Wave opened',
  'retry-failed': 'Devices that failed begin again',
  delete: 'Deleted',
};

/** Carries out an action on a campaign as it was seen; refused if somebody has changed it meanwhile. */
export const useCampaignAction = (campaign: Campaign, action: ActionName) => {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (said: Said) => carry[action](api, campaign, said),
    onSuccess: async () => {
      notifications.show({ title: campaign.name, message: done[action], color: 'green' });
      const { account } = api;
      if (action === 'delete') queries.removeQueries({ queryKey: keys.campaign(account, campaign.id) });
      else await queries.invalidateQueries({ queryKey: keys.campaign(account, campaign.id) });
      await queries.invalidateQueries({ queryKey: keys.campaigns(account) });
    },
  });
};
