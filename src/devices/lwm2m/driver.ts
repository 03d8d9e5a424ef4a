import type { Assignment } from '../../app/check-in.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import { createErrands, type DriverDeps, type Errand, placeOf } from './errand.ts';
import { toInventory, toOrder } from './map.ts';
import { readDevice, readVersion } from './operations.ts';
import { profileOf } from './profile.ts';
import { fromRecord, isMissed, type Registered } from './registered.ts';
import { activate, execute, reset } from './requests.ts';
import { next } from './session.ts';
import { idleSession } from './session-steps.ts';
import type { Action, Input, Scheme } from './session-types.ts';
import { tellDevice } from './telling.ts';
import { ask, tell, type Visited, whoIs } from './visit.ts';

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
/** Devices that are visited at the same time, those left out that a package is written to. */
const MOST_BUSY = 5_000;
const LEAST_WAIT = 10 * SECOND;

/** One of ours that has left while it installs: it is waited for as long as one that stays registered (A1.4). */
const whoLeft = async (
  { store, clock, isOurs }: Pick<DriverDeps, 'store' | 'clock' | 'isOurs'>,
  { account, device }: Registered,
): Promise<Registered | undefined> => {
  const record = await store.protocolSessions.find(account, device, 'lwm2m');
  const read = record && fromRecord(record);
  if (read === undefined || !isOurs(read.home) || !isMissed(read, clock())) return undefined;
  const { over, ...registered } = read;
  return registered;
};

/** Whether its state may change by itself. */
const isWatched = (session: Registered['session'] | undefined): boolean =>
  session?.stage === 'transferring' || session?.stage === 'executing';

type Done = { readonly input: Input; readonly errand: Errand } | 'over';

export const createDriver = (deps: DriverDeps): Driver => {
  const { registry, agenda, clock, settings, log } = deps;
  let stopped = false;
  const errands = createErrands({ ...deps, isStopped: () => stopped });
  const { current } = errands;
  /** Devices that are visited now, and whether they are to be visited again after that. */
  const busy = new Map<string, Why | undefined>();
  let settle = Promise.withResolvers<void>();

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

  const lookAgain = (of: Registered, at: Instant | null): void => {
    if (at === null) agenda.drop(placeOf(of));
    else agenda.set(placeOf(of), of, at);
  };

  /** A registration ends what was observed before it (A1.7); a device that does not answer is not asked for more. */
  const readAndWatch = async (of: Registered, errand: Errand): Promise<Input> => {
    const input = await errands.read(of, errand);
    if (input.type === 'read' && isWatched(current(of)?.session)) await errands.observe(of, errand);
    return input;
  };

  /** Carries one action out; `undefined` where nothing comes back of it. */
  const perform = async (of: Registered, errand: Errand, action: Action): Promise<Done | undefined> => {
    switch (action.do) {
      case 'ask':
        return askGate(of, errand);
      case 'read':
        return { input: await readAndWatch(of, errand), errand };
      case 'reset':
        return {
          input: await errands.short(of, errand, (reach, slot) => reset(reach, slot, action.by)),
          errand,
        };
      case 'offer':
        return { input: await errands.offer(of, errand, action.scheme), errand };
      case 'push':
        return { input: await errands.push(of, errand, action.from), errand };
      case 'execute':
        return { input: await errands.short(of, errand, execute), errand };
      case 'activate':
        return { input: await errands.short(of, errand, activate), errand };
      case 'observe':
        await errands.observe(of, errand);
        return undefined;
      case 'unobserve':
        errands.unobserve(of, errand);
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

  /** What is to be known after a crash is in the store before anything goes out; whether the device is still ours then. */
  const keep = async (of: Registered, session: Registered['session']): Promise<boolean> => {
    const known = current(of);
    if (known !== undefined) return known.session === session || registry.keep({ ...known, session });
    registry.remove({ ...of, session });
    return true;
  };

  const go = async (of: Registered, first: Errand): Promise<void> => {
    let errand = first;
    let input: Input = { type: 'look' };
    // Of a device that has left in between.
    let latest = of.session;
    const { stored } = current(of) ?? of;
    for (let steps = 0; steps < MOST_STEPS && !stopped; steps += 1) {
      const known = current(of);
      // Another process has it, or has brought it further meanwhile: what was answered here is an answer to something else.
      if (stored.isLost || (known !== undefined && known.stored !== stored)) return;
      const session = known?.session ?? latest;
      const { profile, order } = errand;
      const step = next(session, input, { profile, now: clock(), order });
      latest = step.session;
      if (!(await keep(of, step.session))) return;
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
    const read = await errands.withReach(of, errand, deps.short, async (reach) => {
      const content = await readDevice(reach);
      const version = content === 'silent' ? 'silent' : await readVersion(reach);
      return content === 'silent' || version === 'silent' ? 'silent' : { content, version: version.text };
    });
    const registered = current(of);
    if (read === 'silent' || registered === undefined) return;
    await tellDevice(deps, errand.who, toInventory(read.content, read.version, registered));
  };

  const isThere = async (of: Registered, errand: Errand): Promise<boolean> => {
    const registered = current(of);
    if (registered === undefined || !errands.isAwake(registered, errand.profile)) return false;
    if (registered.session.stage !== idleSession.stage || clock() - registered.heardAt < PRESUMED)
      return true;
    return (await errands.withReach(of, errand, deps.short, readVersion)) !== 'silent';
  };

  const errandFor = (registered: Registered, who: Visited): Errand => {
    const stream = registered.listener.endsWith('+tcp');
    const isPlain = registered.identity === '';
    const profile = profileOf(
      who.device.attributes,
      { queue: registered.queue, stream },
      { ...settings.defaults, clearText: isPlain && settings.defaults.clearText },
    );
    return { who, profile, assignment: undefined, order: undefined };
  };

  const visitOnce = async (of: Registered, why: Why): Promise<void> => {
    const registered = current(of) ?? (why === 'time' ? await whoLeft(deps, of) : undefined);
    const who = registered && (await whoIs(deps, registered));
    if (registered === undefined) return;
    if (who === undefined) return registry.remove(registered);
    const errand = errandFor(registered, who);
    const isGone = current(registered) === undefined;
    if (isGone) return go(registered, errand);
    if (why === 'time' && !(await isThere(of, errand))) return;
    if (why === 'registered' || who.device.attributesDue) await takeInventory(of, errand);
    await go(of, errand);
  };

  const visit = (of: Registered, why: Why): void => {
    const place = placeOf(of);
    if (stopped) return;
    if (busy.has(place)) {
      busy.set(place, why === 'registered' ? why : (busy.get(place) ?? why));
      return;
    }
    // When a whole fleet comes at once it has its turn bit by bit; each device was answered already.
    if (busy.size - errands.pushing() >= MOST_BUSY) {
      lookAgain(of, clock() + SECOND);
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
        if (busy.size === 0) settle.resolve();
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
