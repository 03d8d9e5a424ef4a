import type { Caller } from '../../app/caller.ts';
import { type Assignment, checkIn, report } from '../../app/check-in.ts';
import { noteInstalled } from '../../app/device-attributes.ts';
import { insist } from '../../app/insist.ts';
import { cutLine } from '../../app/log-lines.ts';
import type { StoredDevice } from '../../app/records.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { Lwm2mDeps } from './deps.ts';
import type { Registered } from './registered.ts';
import type { Action } from './session-types.ts';

/** On whose behalf a device speaks. */
export type Speaker = Pick<Caller, 'account' | 'actor'>;

export type Visited = { readonly speaker: Speaker; readonly device: StoredDevice };

/** Whom a registration is of, as it is now; `undefined` once it was deleted. */
export const whoIs = async (
  { store }: Pick<Lwm2mDeps, 'store'>,
  { account: key, device: deviceKey, deviceId }: Pick<Registered, 'account' | 'device' | 'deviceId'>,
): Promise<Visited | undefined> => {
  const [account, device] = await Promise.all([store.accounts.get(key), store.devices.get(key, deviceKey)]);
  if (account === undefined || device === undefined) return undefined;
  const actor = { kind: 'device', id: deviceId, wire: 'lwm2m' } as const;
  return { speaker: { account, actor }, device };
};

/** Each phase has a gate of its own: devices download, wait, and install when they are told. */
const manner = { together: false } as const;

/** What there is for a device to do now. */
export const ask = (
  deps: Lwm2mDeps,
  { speaker, device }: Visited,
): Promise<Result<Assignment | undefined, Refusal>> => insist(() => checkIn(deps, speaker, device, manner));

type Report = Extract<Action, { do: 'report' }>;

const resultOf = ({ said }: Report): 'none' | 'success' | 'failure' => {
  if (said.type === 'failure') return 'failure';
  const isEnd = said.type === 'progress' && said.phase === 'activation' && said.step === 'complete';
  return isEnd ? 'success' : 'none';
};

/** Writes what a device said of its update; of one that succeeded its version too. */
export const tell = async (
  deps: Lwm2mDeps,
  { speaker, device }: Visited,
  { campaign, packages }: Assignment,
  action: Report,
): Promise<void> => {
  const at = { campaign: campaign.id, device: device.id };
  const words = {
    at: deps.clock(),
    word: action.word,
    result: resultOf(action),
    code: action.code,
    progress: null,
    lines: action.lines.map(cutLine),
  };
  const taken = await insist(() => report(deps, speaker, at, action.said, words));
  if (!taken.ok) {
    deps.log.info({ device: device.id, refusal: taken.refusal, word: action.word }, 'a report was not taken');
    return;
  }
  const { update } = taken.value;
  if (update.status !== 'closed' || update.outcome !== 'succeeded') return;
  const noted = await insist(() => noteInstalled(deps, speaker, device, packages));
  if (!noted.ok) deps.log.warn({ refusal: noted.refusal }, 'installed versions were not noted');
};
