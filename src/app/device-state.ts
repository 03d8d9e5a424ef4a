import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, save } from './change.ts';
import { getDevice, type SavedDevice } from './devices.ts';
import type { EventBody } from './event-records.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** An operator, or the device itself. */
type Speaker = Pick<Caller, 'account' | 'actor'>;

type StateChange = {
  readonly set: Partial<Pick<StoredDevice, 'standing' | 'autoConfirm' | 'attributesDue'>>;
  readonly body: EventBody;
};

/** Load, change, save; where nothing is to change, nothing is written. */
const changeState = (
  deps: Deps,
  speaker: Speaker,
  id: string,
  changeOf: (was: StoredDevice, now: Instant) => StateChange | undefined,
): Promise<Result<SavedDevice, Refusal>> => {
  const { store, clock } = deps;
  const account = speaker.account.key;
  return save<SavedDevice>(store, { entity: 'device', id }, async () => {
    const found = await getDevice(deps, speaker, id);
    if (!found.ok) return found;
    const was = found.value;
    const now = clock();
    const change = changeOf(was, now);
    if (change === undefined) return ok({ change: { account, writes: [], events: [] }, value: was });
    const value = { ...was, ...change.set };
    return ok({
      change: {
        account,
        writes: [{ save: 'device', was, value }],
        events: [event(change.body, { actor: speaker.actor, at: now }, { device: was.key })],
      },
      value: { ...value, version: was.version + 1 },
    });
  });
};

/** A device that registered itself and waits may get updates from now on. A repeat changes nothing. */
export const acceptDevice = (
  deps: Deps,
  speaker: Speaker,
  id: string,
): Promise<Result<SavedDevice, Refusal>> =>
  changeState(deps, speaker, id, ({ standing }) =>
    standing === 'accepted'
      ? undefined
      : { set: { standing: 'accepted' }, body: { type: 'device-accepted' } },
  );

/**
 * The device's keeper agrees to every update in advance, or with `null` no longer. The same once more changes
 * nothing; another remark replaces who agreed, and when.
 */
export const setAutoConfirm = (
  deps: Deps,
  speaker: Speaker,
  id: string,
  /** `by` where the keeper has a name that is not the speaker's. */
  agreed: { readonly remark: string; readonly by?: string } | null,
): Promise<Result<SavedDevice, Refusal>> =>
  changeState(deps, speaker, id, ({ autoConfirm: was }, at) => {
    const body = { type: 'device-auto-confirm-set', active: agreed !== null } as const;
    if (agreed === null) return was === null ? undefined : { set: { autoConfirm: null }, body };
    const by = agreed.by ?? signatureOf(speaker.actor);
    if (was?.by === by && was.remark === agreed.remark) return undefined;
    return { set: { autoConfirm: { by, remark: agreed.remark, at } }, body };
  });

/** What is known of the device may be out of date: it is asked when it next makes contact. */
export const askAttributes = (
  deps: Deps,
  speaker: Speaker,
  id: string,
): Promise<Result<SavedDevice, Refusal>> =>
  changeState(deps, speaker, id, ({ attributesDue }) =>
    attributesDue
      ? undefined
      : { set: { attributesDue: true }, body: { type: 'device-changed', fields: ['attributesDue'] } },
  );
