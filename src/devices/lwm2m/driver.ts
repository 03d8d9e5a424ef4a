import type { Assignment } from '../../app/check-in.ts';
import { setInventory } from '../../app/device-attributes.ts';
import { insist } from '../../app/insist.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import type { Agenda } from './agenda.ts';
import type { BlockSources } from './block-source.ts';
import type { CoapPeer } from './coap/peer.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import type { Limiter } from './limiter.ts';
import { toInventory, toOrder } from './map.ts';
import { type Observed, observed, type Tokens } from './observation.ts';
import { findSlot, type Reach, readDevice, readFirmware, readSoftware, readVersion } from './operations.ts';
import { createTelling, type Origins, packageSource, packageUri } from './packages.ts';
import { type DeviceProfile, profileOf } from './profile.ts';
import type { Registered } from './registered.ts';
import type { Registry } from './registry.ts';
import { activate, execute, offer, push, reset, type Slot } from './requests.ts';
import { next } from './session.ts';
import { idleSession } from './session-steps.ts';
import type { Action, Input, Order, Readings, Scheme } from './session-types.ts';
import { ask, tell, type Visited, whoIs } from './visit.ts';

export type DriverDeps = Lwm2mDeps & {
  readonly settings: Lwm2mSettings;
  readonly registry: Registry;
  readonly agenda: Agenda<Registered>;
  readonly tokens: Tokens;
  readonly sources: BlockSources;
  readonly origins: () => Origins;
  /** Finds the way to a device that registered before this process began. */
  readonly reach: (registered: Registered) => CoapPeer | undefined;
  /** Readings and other short exchanges; transfers have a limit of their own. */
  readonly short: Limiter;
  readonly long: Limiter;
};

/** Why a device is looked at: it was heard, or nobody but us knows why. */
export type Why = 'registered' | 'heard' | 'time';

export type Driver = {
  /** Looks what is to be done with a device, and does it; while that goes on, once more afterwards. */
  readonly visit: (registered: Registered, why: Why) => void;
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
  readonly stop: () => void;
};

/** More steps than any attempt takes without waiting; a device that answers nonsense has no more either. */
const MOST_STEPS = 60;
/** A device that was not heard for so long is asked for a sign of life before it is given anything. */
const PRESUMED = 93 * SECOND;
/** How often devices that wait for the gate are looked at: so many a second in all. */
const LOOKS_A_SECOND = 200;
const LEAST_WAIT = 10 * SECOND;

export const placeOf = ({ account, device }: Pick<Registered, 'account' | 'device'>): string =>
  `${account}/${device}`;

/** What one visit knows; `order` and what it was made of are read anew with each `ask`. */
type Errand = {
  readonly who: Visited;
  readonly profile: DeviceProfile;
  readonly assignment: Assignment | undefined;
  readonly order: Order | undefined;
};

type Done = { readonly input: Input; readonly errand: Errand } | 'over';

export const createDriver = (deps: DriverDeps): Driver => {
  const { registry, agenda, clock, settings, log } = deps;
  /** Devices that are visited now, and whether they are to be visited again after that. */
  const busy = new Map<string, Why | undefined>();
  /** Which registration of a device is observed. */
  const watching = new Map<string, string>();
  let stopped = false;
  let settle = Promise.withResolvers<void>();

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
    const peer = registered && (registered.peer ?? deps.reach(registered));
    return registered === undefined || peer === undefined || !isAwake(registered, profile)
      ? undefined
      : { registered, peer, profile };
  };

  const silent: Input = { type: 'silent', offset: 0 };

  /** A device that is asleep or away is asked nothing. */
  const withReach = async <Value>(
    of: Registered,
    { profile }: Pick<Errand, 'profile'>,
    limiter: Limiter,
    work: (reach: Reach) => Promise<Value | 'silent'>,
  ): Promise<Value | 'silent'> =>
    limiter(async () => {
      const reach = reachOf(of, profile);
      if (reach === undefined || stopped) return 'silent';
      const value = await work(reach);
      if (value !== 'silent') heard(of);
      return value;
    });

  const askGate = async (of: Registered, errand: Errand): Promise<Done> => {
    const who = await whoIs(deps, of);
    if (who === undefined) return 'over';
    const asked = await ask(deps, who);
    if (!asked.ok) {
      log.warn({ device: of.deviceId, refusal: asked.refusal }, 'a device could not be told what to do');
      lookAgain(of, clock() + errand.profile.pollEvery);
      return 'over';
    }
    const assignment = asked.value;
    const order = assignment && toOrder(assignment, Object.keys(deps.origins()) as Scheme[]);
    return {
      input: { type: 'order', order, until: assignment === undefined ? null : nextLook(of, assignment) },
      errand: { ...errand, who, assignment, order },
    };
  };

  /** Nobody tells when a place is free: those that wait look again, the more they are the more seldom. */
  const nextLook = (of: Registered, { until }: Assignment): Instant | null => {
    if (current(of)?.queue === true) return null;
    const now = clock();
    const turn = now + Math.max(LEAST_WAIT, (agenda.size() / LOOKS_A_SECOND) * SECOND);
    return until === null ? turn : Math.min(Math.max(until, now + SECOND), turn);
  };

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
    await withReach(of, errand, deps.short, async ({ peer }) => {
      for (const what of observed) {
        const token = deps.tokens.of(registered.id, what);
        const path = pathOf(registered, slotOf(of, errand), what);
        await peer.observe({ path, accept: 0, token });
      }
      return true;
    });
    watching.set(placeOf(of), registered.id);
  };

  const unobserve = (of: Registered, errand: Errand): void => {
    const registered = current(of);
    const watched = watching.get(placeOf(of));
    watching.delete(placeOf(of));
    const reach = reachOf(of, errand.profile);
    if (registered === undefined || reach === undefined || watched !== registered.id) return;
    for (const what of observed) {
      const path = pathOf(registered, slotOf(of, errand), what);
      reach.peer.cancelObservation({ path, token: deps.tokens.of(registered.id, what) });
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

  const pushPackage = async (of: Registered, errand: Errand, from: number): Promise<Input> => {
    const { assignment, who } = errand;
    const said = await withReach(of, errand, deps.long, async (reach) => {
      const source = assignment && (await packageSource(deps, deps.sources, who.speaker, assignment));
      if (source === undefined || assignment === undefined) return 'silent';
      const told = createTelling(deps, who.speaker, assignment, of.deviceId);
      let notedAt = 0;
      return push(reach, slotOf(of, errand), source, from, (sent) => {
        told(sent);
        const now = clock();
        if (now - notedAt >= SECOND) heard(of);
        notedAt = now;
      });
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

  const lookAgain = (of: Registered, at: Instant | null): void => {
    if (at === null) agenda.drop(placeOf(of));
    else agenda.set(placeOf(of), of, at);
  };

  /** Carries one action out; `undefined` where nothing comes back of it. */
  const perform = async (of: Registered, errand: Errand, action: Action): Promise<Done | undefined> => {
    switch (action.do) {
      case 'ask':
        return askGate(of, errand);
      case 'read':
        return { input: await readNow(of, errand), errand };
      case 'reset':
        return { input: await short(of, errand, (reach, slot) => reset(reach, slot, action.by)), errand };
      case 'offer':
        return { input: await offerUri(of, errand, action.scheme), errand };
      case 'push':
        return { input: await pushPackage(of, errand, action.from), errand };
      case 'execute':
        return { input: await short(of, errand, execute), errand };
      case 'activate':
        return { input: await short(of, errand, activate), errand };
      case 'observe':
        await observe(of, errand);
        return undefined;
      case 'unobserve':
        unobserve(of, errand);
        return undefined;
      case 'report':
        if (errand.assignment !== undefined) await tell(deps, errand.who, errand.assignment, action);
        return undefined;
      case 'wait':
        lookAgain(of, action.until);
        return 'over';
      default:
        return action satisfies never;
    }
  };

  /** What is to be known after a crash is in the store before anything goes out. */
  const keep = async (of: Registered, session: Registered['session']): Promise<void> => {
    const known = current(of);
    if (known === undefined) registry.remove({ ...of, session });
    else if (known.session !== session) await registry.keep({ ...known, session });
  };

  const go = async (of: Registered, first: Errand): Promise<void> => {
    let errand = first;
    let input: Input = { type: 'look' };
    for (let steps = 0; steps < MOST_STEPS && !stopped; steps += 1) {
      const session = current(of)?.session ?? of.session;
      const { profile, order } = errand;
      const step = next(session, input, { profile, now: clock(), order });
      await keep(of, step.session === session ? session : step.session);
      let done: Done | undefined;
      for (const action of step.actions) done = await perform(of, errand, action);
      if (done === undefined || done === 'over') return;
      ({ input, errand } = done);
    }
    if (!stopped) log.warn({ device: of.deviceId }, 'a device was given up for a while: it goes in circles');
    lookAgain(of, clock() + errand.profile.pollEvery);
  };

  /** What it is, as it says itself. */
  const takeInventory = async (of: Registered, errand: Errand): Promise<void> => {
    const read = await withReach(of, errand, deps.short, async (reach) => {
      const content = await readDevice(reach);
      const version = content === 'silent' ? 'silent' : await readVersion(reach);
      return content === 'silent' || version === 'silent' ? 'silent' : { content, version: version.text };
    });
    const registered = current(of);
    if (read === 'silent' || registered === undefined) return;
    const { speaker, device } = errand.who;
    const told = toInventory(read.content, read.version, registered);
    const set = await insist(() => setInventory(deps, speaker, device, told));
    if (!set.ok) log.info({ device: of.deviceId, refusal: set.refusal }, 'an inventory was not taken');
  };

  const isThere = async (of: Registered, errand: Errand): Promise<boolean> => {
    const registered = current(of);
    if (registered === undefined || !isAwake(registered, errand.profile)) return false;
    if (registered.session.stage !== idleSession.stage || clock() - registered.heardAt < PRESUMED)
      return true;
    return (await withReach(of, errand, deps.short, readVersion)) !== 'silent';
  };

  const visitOnce = async (of: Registered, why: Why): Promise<void> => {
    const who = await whoIs(deps, of);
    const registered = current(of);
    if (registered === undefined) return;
    if (who === undefined) return registry.remove(registered);
    const stream = registered.listener.endsWith('+tcp');
    const isPlain = registered.identity === '';
    const profile = profileOf(
      who.device.attributes,
      { queue: registered.queue, stream },
      { ...settings.defaults, clearText: isPlain && settings.defaults.clearText },
    );
    const errand: Errand = { who, profile, assignment: undefined, order: undefined };
    if (why === 'time' && !(await isThere(of, errand))) return;
    if (why === 'registered' || (why === 'heard' && who.device.attributesDue))
      await takeInventory(of, errand);
    await go(of, errand);
  };

  const visit = (of: Registered, why: Why): void => {
    const place = placeOf(of);
    if (stopped) return;
    if (busy.has(place)) {
      busy.set(place, why === 'registered' ? why : (busy.get(place) ?? why));
      return;
    }
    busy.set(place, undefined);
    visitOnce(of, why)
      .catch((error: unknown) => {
        log.warn({ err: error, device: of.deviceId }, 'a device could not be seen to');
        lookAgain(of, clock() + settings.defaults.pollEvery);
      })
      .finally(() => {
        const again = busy.get(place);
        busy.delete(place);
        const registered = current(of);
        if (again !== undefined && registered !== undefined) visit(registered, again);
        else if (busy.size === 0) settle.resolve();
      });
  };

  return {
    visit,
    stop: () => {
      stopped = true;
    },
    idle: async () => {
      while (busy.size > 0) {
        settle = Promise.withResolvers();
        await settle.promise;
      }
    },
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
