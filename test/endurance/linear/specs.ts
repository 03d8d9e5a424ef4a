import type { Step } from '../model/campaign.ts';
import { type Model, newModel, outcomeOf, type Verb } from '../model/campaign.ts';
import type { Spec } from './history.ts';

/** What is asked of a campaign, and told: its status after a success, or `refused`. */
export type CampaignAsk = Extract<Verb, 'start' | 'pause' | 'resume' | 'stop'> | 'read';

export const campaignSpec: Spec<Model, CampaignAsk, string> = {
  start: newModel('none'),
  step: (model, ask) => {
    if (ask === 'read') return { state: model, told: model.status };
    const step: Step = { verb: ask, by: 'creator', over: 'muster' };
    const { model: state, refused } = outcomeOf(model, step);
    return { state, told: refused ? 'refused' : state.status };
  },
  same: (a, b) => a === b,
  nameOf: ({ status }) => status,
};

/** What is asked of one device in one campaign, and told: how many it was done to, or whether the device is in. */
export type MemberAsk = 'add' | 'remove' | 'read';

export const memberSpec: Spec<boolean, MemberAsk, number> = {
  start: false,
  step: (isIn, ask) => {
    if (ask === 'read') return { state: isIn, told: isIn ? 1 : 0 };
    if (ask === 'add') return { state: true, told: isIn ? 0 : 1 };
    return { state: false, told: isIn ? 1 : 0 };
  },
  same: (a, b) => a === b,
  nameOf: String,
};
