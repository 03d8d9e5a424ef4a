import { matches, parseExpression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredCampaign, StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** So few are looked up before they are added: most that change are members already. */
const FEW = 20;

/** Campaigns that run and take in whoever matches, for as long as they do. */
const isOpenTo = ({ status, plan: { target } }: StoredCampaign): boolean =>
  status === 'running' && target.by === 'query' && target.reevaluateSeconds > 0;

/**
 * Devices were made known or are known as something else: campaigns that run and whose query they match now take them
 * in at once. Who is or was a member stays as it is, so that nobody who was taken out comes back and nobody begins again.
 */
export const joinMatching = async (
  { store, clock }: Deps,
  { account, actor }: Speaker,
  deviceIds: readonly string[],
): Promise<void> => {
  if (deviceIds.length === 0) return;
  const open = (await store.campaigns.targeting(account.key)).filter(isOpenTo);
  if (open.length === 0) return;
  const devices = await store.devices.findMany(account.key, deviceIds);
  for (const campaign of open) {
    const matching = devices.filter(matcherOf(campaign));
    const joining =
      matching.length > FEW ? matching : await strangers(store, account.key, campaign, matching);
    if (joining.length === 0) continue;
    await store.updates.add({
      ...{ account: account.key, campaign: campaign.key, actor, now: clock(), by: 'ids', again: false },
      deviceIds: joining.map(({ id }) => id),
    });
  }
};

const matcherOf = ({ plan: { target } }: StoredCampaign): ((device: StoredDevice) => boolean) => {
  const parsed = target.by === 'query' ? parseExpression(target.expression) : undefined;
  return parsed?.ok === true ? (device) => matches(parsed.value, device) : () => false;
};

const strangers = async (
  store: Store,
  account: Speaker['account']['key'],
  { key }: StoredCampaign,
  devices: readonly StoredDevice[],
): Promise<readonly StoredDevice[]> => {
  const updates = await Promise.all(devices.map((device) => store.updates.find(account, key, device.key)));
  return devices.filter((_, index) => updates[index] === undefined);
};
