import type { Clock, Store } from '../../app/ports.ts';
import { fromRecord, type Registered, toRecord } from './registered.ts';

type Deps = {
  readonly store: Pick<Store, 'protocolSessions'>;
  readonly clock: Clock;
  /** Whether devices that are at home there are those of this process. */
  readonly isOurs: (home: string) => boolean;
  /** Whether a device was heard here, and that is still to be written. */
  readonly isTaking: (registered: Registered) => boolean;
  /** The device has turned to another process, or was deleted; its `stored` says so by then. */
  readonly lost: (registered: Registered) => void;
  /** A device that has turned to us, with what the process before knew of its attempt. */
  readonly taken: (registered: Registered, by: Registered) => void;
};

/** What is to be written. `over`: the device has left. `taking`: it was heard here, so that it is ours whoever had it. */
export type Noted = { readonly registered: Registered; readonly over: boolean; readonly taking: boolean };

export type RegistrationWriter = {
  /** Writes those that nobody else has written since; what becomes of the others is told by the time it resolves. */
  readonly write: (batch: readonly Noted[]) => Promise<void>;
  /** Whether a device is still ours, by what the store says; it is told as lost where it is not. */
  readonly confirm: (registered: Registered) => Promise<boolean>;
};

const BATCH = 5_000;
const MOST_TRIES = 4;

/**
 * Writes registrations on condition that nobody else has. Every step of an attempt is written before it goes out, and of
 * two processes that know the same device one writes: the other gives it up.
 */
export const createRegistrationWriter = (deps: Deps): RegistrationWriter => {
  const { store, clock, isOurs, isTaking, lost, taken } = deps;
  const { protocolSessions } = store;

  /** Gives those that were not written. */
  const save = async (batch: readonly Noted[]): Promise<readonly Noted[]> => {
    const now = clock();
    const refused = await protocolSessions.save(
      batch.map(({ registered, over }) => ({
        account: registered.account,
        ...(registered.stored.version > 0 && { was: { version: registered.stored.version } }),
        value: toRecord(registered, now, over),
      })),
    );
    const places = new Set(refused.map(({ account, device }) => `${account}/${device}`));
    const isRefused = ({ registered }: Noted): boolean =>
      places.has(`${registered.account}/${registered.device}`);
    for (const one of batch) if (!isRefused(one)) one.registered.stored.version += 1;
    return batch.filter(isRefused);
  };

  const recordOf = ({ account, device }: Registered) => protocolSessions.find(account, device, 'lwm2m');

  const lose = (registered: Registered): void => {
    registered.stored.isLost = true;
    lost(registered);
  };

  /** Somebody else has written it: another process, or we with a write of which no answer came. */
  const contest = async (noted: Noted): Promise<void> => {
    const { registered, taking } = noted;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const record = await recordOf(registered);
      const held = record && fromRecord(record);
      const theirs = held !== undefined && !isOurs(held.home) ? held : undefined;
      if (theirs !== undefined && !taking) break;
      const version = record?.version ?? 0;
      const next: Registered =
        theirs === undefined
          ? registered
          : { ...registered, session: theirs.session, stored: { version, isLost: false } };
      next.stored.version = version;
      const [refused] = await save([{ ...noted, registered: next }]);
      if (refused === undefined) {
        if (next === registered) return;
        registered.stored.isLost = true;
        taken(registered, next);
        return;
      }
      // There was nothing in the way: the device itself is gone.
      if (record === undefined) break;
    }
    lose(registered);
  };

  return {
    write: async (batch) => {
      const ours = batch.filter(({ registered }) => !registered.stored.isLost);
      for (let from = 0; from < ours.length; from += BATCH) {
        for (const one of await save(ours.slice(from, from + BATCH))) await contest(one);
      }
    },
    confirm: async (registered) => {
      const record = await recordOf(registered);
      const held = record && fromRecord(record);
      // What was read may be older than what was heard since.
      if (held === undefined || isOurs(held.home) || isTaking(registered)) return true;
      lose(registered);
      return false;
    },
  };
};
