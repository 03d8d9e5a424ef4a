import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { Page, PageRequest, Store } from './ports.ts';
import type { StoredEvent } from './records.ts';

type Deps = { readonly store: Store };

/** What a history is about: a campaign, a device, or one in the other. */
export type HistoryOf = { readonly campaign?: string; readonly device?: string };

/** Events newest first; `after` of the page is the sequence number to go on below, 0 for the newest. */
export const listHistory = async (
  { store }: Deps,
  caller: Caller,
  of: HistoryOf,
  { after, limit }: PageRequest,
): Promise<Result<Page<StoredEvent>, Refusal>> => {
  const account = caller.account.key;
  const campaign = of.campaign === undefined ? ok(null) : await getCampaign({ store }, caller, of.campaign);
  if (!campaign.ok) return campaign;
  const device = of.device === undefined ? null : await store.devices.find(account, of.device);
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: of.device ?? '' });
  const items = await store.events.list(
    account,
    { campaign: campaign.value?.key ?? null, device: device?.key ?? null },
    { before: after === 0 ? Number.MAX_SAFE_INTEGER : after, limit },
  );
  const last = items.at(-1);
  return ok({ items, next: items.length < limit || last === undefined || last.seq === 1 ? null : last.seq });
};
