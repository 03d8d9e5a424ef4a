import type { Client } from '../client/muster.ts';
import type { Campaign, Counts } from '../wire/muster/campaigns.ts';
import { totals } from './campaign-columns.ts';
import type { Ending } from './exit-codes.ts';

type Reading = Pick<Client, 'listCampaignEvents' | 'listCampaignJobs'>;
type Over = Campaign & { readonly status: 'paused' | 'stopped' | 'cancelled' };

const isHalted = (campaign: Campaign): campaign is Over =>
  ['paused', 'stopped', 'cancelled'].includes(campaign.status);

/** The server pauses and cancels by rules alone; everything else was a person. */
const halted = async (client: Reading, { id, status }: Over): Promise<Ending> => {
  const { items } = await client.listCampaignEvents({
    params: { campaign: id },
    query: { types: [`campaign-${status}`], limit: 1 },
  });
  return items[0]?.actor.kind === 'server' ? 'ended-by-rule' : 'stopped-by-person';
};

const reasons: Readonly<Record<string, Ending>> = { complete: 'done', operator: 'stopped-by-person' };

/** Whether every device that it has is through, and nobody is about to join. */
const isThrough = async (client: Reading, campaign: Campaign, counts: Counts): Promise<boolean> => {
  if (campaign.status !== 'running' || totals(counts).open > 0) return false;
  const { target } = campaign;
  const mayJoin = !('expression' in target) || target.reevaluateSeconds > 0;
  if (counts.total === 0 && mayJoin) return false;
  const { items } = await client.listCampaignJobs({ params: { campaign: campaign.id } });
  return items.every(({ status }) => status === 'done' || status === 'failed');
};

/** How a campaign that somebody waits for ended; `undefined` while it goes on. */
export const campaignEnding = async (
  client: Reading,
  campaign: Campaign,
  counts: Counts,
): Promise<Ending | undefined> => {
  if (isHalted(campaign)) return halted(client, campaign);
  switch (campaign.status) {
    case 'ended':
      return reasons[campaign.because ?? ''] ?? 'ended-by-rule';
    case 'rejected':
      return 'stopped-by-person';
    case 'failed':
      return 'failed';
    default:
      return (await isThrough(client, campaign, counts)) ? 'done' : undefined;
  }
};
