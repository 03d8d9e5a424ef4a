import { type Caller } from './caller.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
};
type Speaker = Pick<Caller, 'account' | 'actor'>;
/** What came of a device that was to leave a campaign. */
export type Removal = {
  readonly deviceId: string;
  readonly is: 'removed' | 'unknown' | 'no-member';
};
/** Takes devices out of a campaign at once. Who was taken out already is so again. */
export declare const removeNow: (
  { store, clock }: Deps,
  { account, actor }: Speaker,
  campaign: StoredCampaign,
  deviceIds: readonly string[],
) => Promise<readonly Removal[]>;
