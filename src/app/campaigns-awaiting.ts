import { allowedActions } from '../domain/campaign-actions.ts';
import type { Caller } from './caller.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Clock } from './ports.ts';
import type { StoredCampaign } from './records.ts';

/** Pages that are looked at for one that shows something. */
const LONGEST_LOOK = 20;

/**
 * Of a list of campaigns those that wait for an approval which the caller may give. A page may have fewer than were asked
 * for, even none, and still a `next`.
 */
export const listAwaiting = async (
  { clock }: { readonly clock: Clock },
  { actor, permissions }: Caller,
  list: (page: PageRequest) => Promise<Page<StoredCampaign>>,
  page: PageRequest,
): Promise<Page<StoredCampaign>> => {
  if (!permissions.has('Approve Campaign') || actor.kind === 'server') return { items: [], next: null };
  const now = clock();
  let next: number | null = page.after;
  for (let looked = 0; next !== null && looked < LONGEST_LOOK; looked += 1) {
    const found: Page<StoredCampaign> = await list({ ...page, after: next });
    const items = found.items.filter((one) => allowedActions(one, actor.id, now).includes('approve'));
    if (items.length > 0) return { items, next: found.next };
    next = found.next;
  }
  return { items: [], next };
};
