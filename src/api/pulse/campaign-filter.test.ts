import { describe, expect, it } from 'vitest';
import { approvalPolicies, campaignStatuses as musterStatuses } from '../../domain/campaign.ts';
import { fromStatuses } from './campaign-filter.ts';
import { campaignStatuses, campaignStatusOf } from './states.ts';

const shows = (words: readonly string[], status: string, policy: string): boolean => {
  const read = fromStatuses(words);
  if (!read.ok) throw new Error('refused');
  const { statuses, scheduledUnder } = read.value;
  if (statuses.length > 0 && !statuses.some((one) => one === status)) return false;
  return (
    status !== 'scheduled' ||
    scheduledUnder === undefined ||
    (scheduledUnder === 'approval') === (policy !== 'none')
  );
};

describe('a filter by status', () => {
  const every = musterStatuses.flatMap((status) => approvalPolicies.map((policy) => ({ status, policy })));
  const pairs = campaignStatuses.flatMap((one) => campaignStatuses.map((other) => [one, other] as const));

  it.each(pairs)('by %s and %s finds exactly what is shown as one of them', (one, other) => {
    for (const { status, policy } of every) {
      const shown = campaignStatusOf(status, policy);
      const wanted = shown === one || shown === other;
      expect([status, policy, shows([one, other], status, policy)]).toEqual([status, policy, wanted]);
    }
  });

  it('by none finds all', () => {
    for (const { status, policy } of every) expect(shows([], status, policy)).toBe(true);
  });

  it.each(['started', 'ENDED', 'toString'])('by %s is refused with the words that there are', (word) => {
    expect(fromStatuses(['CREATED', word])).toMatchObject({
      refusal: { field: 'status', expected: `one of ${campaignStatuses.join(', ')}` },
    });
  });
});
