import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { textIn, wordsIn } from '../../words/search.ts';

/** In the order in which filters show them. */
export const statuses = [
  ...['draft', 'awaiting-approval', 'approved', 'scheduled', 'running', 'paused', 'stopped'],
  ...['ended', 'cancelled', 'rejected', 'failed'],
] as readonly Campaign['status'][];

/** What the address of the list of campaigns asks for. */
export type CampaignsSearch = {
  readonly text?: string | undefined;
  readonly status?: readonly Campaign['status'][] | undefined;
  readonly package?: string | undefined;
  /** `me`: only those that wait for the approval of whoever looks. */
  readonly waits?: 'me' | undefined;
};

export const campaignsSearch = (search: Readonly<Record<string, unknown>>): CampaignsSearch => ({
  text: textIn(search, 'text'),
  status: wordsIn(search, 'status', statuses),
  package: textIn(search, 'package'),
  waits: wordsIn(search, 'waits', ['me'] as const)?.[0],
});
