import { admitDevice, type DeviceProof, type Proven } from './device-access.ts';
import { createShelf } from './shelf.ts';

/** Lets a device in, or not, as `admitDevice` does. */
export type Admit = (at: At, proof: DeviceProof) => Promise<Proven | undefined>;

type Deps = Parameters<typeof admitDevice>[0];
type At = Parameters<typeof admitDevice>[1];
type Kept = { readonly proven: Proven; readonly since: number };

/** Some 30 MB: as many as install at the same time behind one process. */
const MOST = 32_768;

/**
 * `admitDevice` for devices that come again and again: one that showed the same proof before is let in without asking
 * the store, while that vouches that neither it nor its credentials nor its account were written since, and until the
 * proof expires.
 */
export const rememberAdmissions = (deps: Deps, most = MOST): Admit => {
  const { clock, hashing } = deps;
  const { contactEpochs } = deps.store;
  const kept = createShelf<Kept>(most);

  const holds = ({ proven: { speaker, device, until }, since }: Kept): boolean =>
    contactEpochs.ofIdentity(speaker.account.key, device.key) <= since && (until === null || clock() < until);

  return async (at, proof) => {
    // A digest keeps no secret, and how long it takes to find tells nothing of one.
    const name = hashing.sha256(`${at.protocol}\n${at.account}\n${at.device}\n${JSON.stringify(proof)}`);
    const found = kept.get(name);
    if (found !== undefined) {
      if (holds(found)) return found.proven;
      kept.drop(name);
    }
    const since = contactEpochs.now();
    const proven = await admitDevice(deps, at, proof);
    if (proven !== undefined && since !== undefined) kept.put(name, { proven, since });
    return proven;
  };
};
