import type { Assignment } from '../../app/check-in.ts';
import { SECOND } from '../../domain/time.ts';
import type { Agenda } from './agenda.ts';
import type { BlockSources } from './block-source.ts';
import type { CoapPeer } from './coap/peer.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import type { Limiter } from './limiter.ts';
import { type Observed, observed, type Tokens } from './observation.ts';
import { findSlot, type Reach, readFirmware, readSoftware } from './operations.ts';
import { createTelling, type Origins, packageSource, packageUri } from './packages.ts';
import type { DeviceProfile } from './profile.ts';
import type { Registered } from './registered.ts';
import type { Registry } from './registry.ts';
import { offer, push, type Slot } from './requests.ts';
import type { Input, Order, Readings, Scheme } from './session-types.ts';
import type { Visited } from './visit.ts';

export type DriverDeps = Lwm2mDeps & {
  readonly settings: Lwm2mSettings;
  readonly registry: Registry;
  readonly agenda: Agenda<Registered>;
  readonly tokens: Tokens;
  readonly sources: BlockSources;
  readonly origins: () => Origins;
  /** The way to a device, also to one that registered before this process began. */
  readonly reach: (registered: Registered) => CoapPeer | undefined;
  /** Whether devices that are at home there are those of this process. */
  readonly isOurs: (home: string) => boolean;
  /** Readings and other short exchanges; transfers have a limit of their own. */
  readonly short: Limiter;
  readonly long: Limiter;
};

export const placeOf = ({ account, device }: Pick<Registered, 'account' | 'device'>): string =>
  `${account}/${device}`;

/** What one visit knows; `order` and what it was made of are read anew with each `ask`. */
export type Errand = {
  readonly who: Visited;
  readonly profile: DeviceProfile;
  readonly assignment: Assignment | undefined;
  readonly order: Order | undefined;
};

/** How often a transfer asks whether the device is still that of this process. */
const STILL_OURS = 5 * SECOND;

const silent: Input = { type: 'silent', offset: 0 };

/** What is asked of a device on a visit; one that is asleep or away is asked nothing and counts as silent. */
export const createErrands = (deps: DriverDeps & { readonly isStopped: () => boolean }) => {
  const { registry, clock, settings } = deps;
  /** Which registration of a device is observed. */
  const watching = new Map<string, string>();
  let pushing = 0;

  const current = (of: Registered): Registered | undefined => registry.ofDevice(of.account, of.device);

  const isAwake = ({ queue, heardAt }: Registered, { awakeWindow }: DeviceProfile): boolean =>
    !queue || clock() - heardAt <= awakeWindow;

  const heard = (of: Registered): void => {
    const known = current(of);
    if (known !== undefined) registry.note({ ...known, heardAt: clock() });
    deps.seen.note(of.account, of.device);
  };

  const reachOf = (of: Registered, profile: DeviceProfile): Reach | undefined => {
    const registered = current(of);
    const peer = registered && deps.reach(registered);
    return registered === undefined || peer === undefined || !isAwake(registered, profile)
      ? undefined
      : { registered, peer, profile };
  };

  /** A device that is asleep or away is asked nothing. */
  const withReach = async <Value>(
    of: Registered,
    { profile }: Pick<Errand, 'profile'>,
    limiter: Limiter,
    work: (reach: Reach) => Promise<Value | 'silent'>,
  ): Promise<Value | 'silent'> =>
    limiter(async () => {
      const reach = reachOf(of, profile);
      if (reach === undefined || deps.isStopped()) return 'silent';
      const value = await work(reach);
      if (value !== 'silent') heard(of);
      return value;
    });

  const slotOf = (of: Registered, { order, profile }: Errand): Slot =>
    order?.kind === 'software'
      ? { kind: 'software', instance: current(of)?.session.slot ?? 0 }
      : { kind: 'firmware', instance: profile.instance };

  const readNow = async (of: Registered, errand: Errand): Promise<Input> => {
    const readings = await withReach(of, errand, deps.short, async (reach): Promise<Readings | 'silent'> => {
      if (errand.order?.kind !== 'software') return readFirmware(reach);
      const known = current(of)?.session.slot ?? -1;
      const name = errand.assignment?.packages[0]?.name ?? '';
      const slot = known >= 0 ? known : await findSlot(reach, name);
      if (slot === 'silent') return 'silent';
      if (slot === undefined) return noSlot;
      const found = await readSoftware(reach, slot);
      return found === 'silent' ? 'silent' : { ...found, slot };
    });
    return readings === 'silent' ? silent : { type: 'read', readings };
  };

  const observe = async (of: Registered, errand: Errand): Promise<void> => {
    const registered = current(of);
    if (registered === undefined || watching.get(placeOf(of)) === registered.id) return;
    const asked = await withReach(of, errand, deps.short, async ({ peer, profile: { timing } }) => {
      for (const what of observed) {
        const token = deps.tokens.of(registered.id, what);
        const path = pathOf(registered, slotOf(of, errand), what);
        const answer = await peer.observe({ path, accept: 0, token }, timing);
        if (!answer.ok && answer.why !== 'reset') return 'silent';
      }
      return true;
    });
    if (asked !== 'silent') watching.set(placeOf(of), registered.id);
  };

  const unobserve = (of: Registered, errand: Errand): void => {
    const registered = current(of);
    const watched = watching.get(placeOf(of));
    watching.delete(placeOf(of));
    const reach = reachOf(of, errand.profile);
    if (registered === undefined || reach === undefined || watched !== registered.id) return;
    for (const what of observed) {
      const path = pathOf(registered, slotOf(of, errand), what);
      const token = deps.tokens.of(registered.id, what);
      reach.peer.cancelObservation({ path, token }, reach.profile.timing);
    }
  };

  const offerUri = async (of: Registered, errand: Errand, scheme: Scheme): Promise<Input> => {
    const origin = deps.origins()[scheme];
    const { assignment, who } = errand;
    const uri =
      origin === undefined || assignment === undefined
        ? undefined
        : packageUri(deps, settings, origin, who.speaker, assignment);
    // As if the device had refused it: there are other ways.
    if (uri === undefined) return { type: 'answered', code: '4.00', offset: 0 };
    const said = await withReach(of, errand, deps.short, (reach) => offer(reach, slotOf(of, errand), uri));
    return said === 'silent' ? silent : said;
  };

  /** Whoever takes a device over in the middle of a transfer brings it the package too: one of the two has to stop. */
  const stillOurs = (of: Registered): void => {
    const registered = current(of);
    if (registered !== undefined) registry.confirm(registered).catch(() => undefined);
  };

  const pushPackage = async (of: Registered, errand: Errand, from: number): Promise<Input> => {
    const { assignment, who } = errand;
    pushing += 1;
    const said = await withReach(of, errand, deps.long, async (reach) => {
      const source = assignment && (await packageSource(deps, deps.sources, who.speaker, assignment));
      if (source === undefined || assignment === undefined) return 'silent';
      const told = createTelling(deps, who.speaker, assignment, of.deviceId);
      let notedAt = 0;
      let askedAt = clock();
      return push(reach, slotOf(of, errand), source, from, (sent) => {
        told(sent);
        const now = clock();
        if (now - notedAt >= SECOND) {
          heard(of);
          notedAt = now;
        }
        if (settings.machine !== '' && now - askedAt >= STILL_OURS) {
          askedAt = now;
          stillOurs(of);
        }
      });
    }).finally(() => {
      pushing -= 1;
    });
    return said === 'silent' ? silent : said;
  };

  const short = async (
    of: Registered,
    errand: Errand,
    work: (reach: Reach, slot: Slot) => Promise<Input>,
  ): Promise<Input> => {
    const said = await withReach(of, errand, deps.short, (reach) => work(reach, slotOf(of, errand)));
    return said === 'silent' ? silent : said;
  };

  return {
    current,
    isAwake,
    withReach,
    read: readNow,
    observe,
    unobserve,
    offer: offerUri,
    push: pushPackage,
    /** How many packages are written now, or wait to be. */
    pushing: () => pushing,
    short,
  };
};

const noSlot: Readings = {
  state: undefined,
  result: undefined,
  version: undefined,
  protocols: [],
  method: undefined,
  cancels: false,
};

const resources = { firmware: { state: 3, result: 5 }, software: { state: 7, result: 9 } } as const;

const pathOf = ({ root }: Registered, { kind, instance }: Slot, what: Observed): readonly string[] =>
  `${root}/${kind === 'firmware' ? 5 : 9}/${instance}/${resources[kind][what]}`
    .split('/')
    .filter((segment) => segment !== '');
