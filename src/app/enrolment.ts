import { patchDevice } from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { getDevice } from './devices.ts';
import { joinMatching } from './membership.ts';
import type { Clock, Store } from './ports.ts';
import { enrolmentOf, pulseAttributes } from './pulse-profile.ts';
import type { StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** Whether a device that makes contact now gets anything to do: one that was made where nobody enrols does. */
export const isEnrolled = ({ attributes }: Pick<StoredDevice, 'attributes'>): boolean =>
  enrolmentOf({ attributes, lastSeenAt: 1 }) === 'ENROLLED';

/**
 * A gateway takes the place of its device on the server, which is then of that protocol, or gives it up. A repeat
 * changes nothing.
 */
export const setEnrolment = async (
  deps: Deps,
  speaker: Speaker,
  id: string,
  enrolment: 'ENROLLED' | 'UNENROLLED',
): Promise<Result<StoredDevice, Refusal>> => {
  const { store, clock } = deps;
  const account = speaker.account.key;
  let changed = false;
  const saved = await save<StoredDevice>(store, { entity: 'device', id }, async () => {
    const found = await getDevice(deps, speaker, id);
    if (!found.ok) return found;
    const was = found.value;
    const patched = patchDevice(was, {
      attributes: { [pulseAttributes.enrolment]: enrolment },
      ...(enrolment === 'ENROLLED' && { protocol: 'gateway' }),
    });
    if (!patched.ok) return patched;
    const { value } = patched;
    changed = value !== was;
    if (!changed) return ok({ change: { account, writes: [], events: [] }, value: was });
    const fields = (['attributes', 'protocol'] as const).filter((field) => value[field] !== was[field]);
    const by = { actor: speaker.actor, at: clock() };
    return ok({
      change: {
        account,
        writes: [{ save: 'device', was, value }],
        events: [event({ type: 'device-changed', fields }, by, { device: was.key })],
      },
      value: { ...was, ...value, version: was.version + 1 },
    });
  });
  if (saved.ok && changed) await joinMatching(deps, speaker, [saved.value.id]);
  return saved;
};
