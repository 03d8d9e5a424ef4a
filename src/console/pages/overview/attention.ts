import type { Campaign, Counts } from '../../../wire/muster/campaigns.ts';
import { percent, plural } from '../../words/format.ts';
import { failedOutcomes, totalsOf } from '../../words/progress.ts';

/** Something that waits for a person, the gravest first. */
export type Concern = {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly weight: number;
  /** What the list of its devices is filtered by to show those that it is about. */
  readonly search?: { readonly outcome: readonly string[] };
};

/** A share of failures that somebody should look at. */
const MANY = 0.05;

const failureConcern = ({ id, name, status }: Campaign, counts: Counts): readonly Concern[] => {
  const { failed, done } = totalsOf(counts);
  if (failed === 0 || !['running', 'paused', 'stopped'].includes(status)) return [];
  const isGrave = failed / done >= MANY;
  return [
    {
      ...{ id, name, weight: isGrave ? 3 : 1 },
      search: { outcome: failedOutcomes },
      text: `${plural(failed, 'device')} failed, ${percent(failed, done)} of those that are done`,
    },
  ];
};

const statusConcern = ({ id, name, status, allowedActions }: Campaign): readonly Concern[] => {
  if (allowedActions.includes('approve')) return [{ id, name, weight: 2, text: 'Waits for your approval' }];
  if (status === 'awaiting-approval')
    return [{ id, name, weight: 1, text: 'Waits for somebody else’s approval' }];
  if (status === 'paused')
    return [{ id, name, weight: 2, text: 'Is paused: no device begins another phase' }];
  if (status === 'failed') return [{ id, name, weight: 3, text: 'Has failed' }];
  return [];
};

/** What campaigns need somebody for. */
export const concernsOf = (
  campaigns: readonly Campaign[],
  counts: ReadonlyMap<string, Counts>,
): readonly Concern[] =>
  campaigns
    .flatMap((campaign) => {
      const known = counts.get(campaign.id);
      return [...statusConcern(campaign), ...(known === undefined ? [] : failureConcern(campaign, known))];
    })
    .sort((a, b) => b.weight - a.weight);
