import { type Campaign, type CampaignCommand, decide } from './campaign.ts';
import type { Instant } from './time.ts';

/** What an operator can ask for by name, in the order in which a console would offer it. */
const campaignActions = [
  'edit',
  'approve',
  'reject',
  'schedule',
  'start',
  'pause',
  'resume',
  'stop',
  'cancel',
  'end',
  'open-wave',
  'delete',
] as const;
export type CampaignAction = (typeof campaignActions)[number];

/** The actions that `decide` would carry out now for this person, so that nobody lists them by hand. */
export const allowedActions = (campaign: Campaign, by: string, now: Instant): readonly CampaignAction[] =>
  campaignActions.filter((action) => {
    const decision = decide(campaign, sample(action, campaign, by, now), now);
    return decision.ok && decision.value.length > 0;
  });

/** A command of that kind which is refused only if the state refuses it. */
const sample = (action: CampaignAction, campaign: Campaign, by: string, now: Instant): CampaignCommand => {
  switch (action) {
    case 'edit':
      return {
        type: action,
        plan: { ...campaign.plan, name: `${campaign.plan.name}*` },
        digest: campaign.digest,
        by,
      };
    case 'approve':
      return { type: action, by, digest: campaign.digest };
    case 'reject':
      return { type: action, by, comment: '' };
    case 'schedule':
      return { type: action, startAt: now + 1 };
    case 'end':
      return { type: action, because: 'operator' };
    case 'open-wave':
      return { type: action, wave: 'progress' in campaign ? campaign.progress.wave + 1 : 0, by: 'operator' };
    default:
      return { type: action };
  }
};
