import type { Store } from '../../../src/app/ports.ts';
import type { Change, Write } from '../../../src/app/writes.ts';
import { wasDelivered } from '../../../src/domain/position.ts';
import { tallies } from '../../../src/domain/tally.ts';
import { slotOf } from '../../../src/store/rows/update.ts';

/** Something that is wrong with a server on purpose, so that a simulated day has something to find. */
export type Defect = {
  /** The store as the server has it. */
  readonly store?: (store: Store, clock: () => number) => Store;
  /** What SQLite does beside what it is told. */
  readonly trigger?: string;
  /** What the invariant that is meant for it says. */
  readonly found: RegExp;
};

const savesUpdate = (write: Write): boolean => 'save' in write && write.save === 'update';

/** The second of two transitions of one instant is acknowledged and not written. */
const losesSecond = (store: Store, clock: () => number): Store => {
  let last = Number.NEGATIVE_INFINITY;
  return {
    ...store,
    commit: async (change) => {
      if (!change.writes.some(savesUpdate)) return store.commit(change);
      const now = clock();
      if (now === last) return { ok: true };
      last = now;
      return store.commit(change);
    },
  };
};

/** After an update was closed, what was said of it before is said once more. */
const speaksAfterClose = (store: Store): Store => {
  const latest = new Map<unknown, Change['events'][number]>();
  return {
    ...store,
    commit: async (change) => {
      const committed = await store.commit(change);
      for (const event of committed.ok ? change.events : []) {
        const before = latest.get(event.device);
        const { type } = event.body;
        if (type === 'update-closed' && before?.campaign === event.campaign)
          await store.commit({ account: change.account, writes: [], events: [before] });
        else if (type.startsWith('update-')) latest.set(event.device, event);
      }
      return committed;
    },
  };
};

/** What is under way is not seen by whoever looks what a device goes on with. */
const forgetsBegun = (store: Store): Store => ({
  ...store,
  updates: {
    ...store.updates,
    openOf: async (account, device) =>
      (await store.updates.openOf(account, device)).filter(({ position }) => !wasDelivered(position)),
  },
});

/** Where the counters of successes begin, by the position in which each ended. */
const SUCCEEDED = slotOf({ position: 0, outcome: 1 });

/** Defects by name: each breaks one promise. */
export const defects = {
  'a transition that is acknowledged and lost': { store: losesSecond, found: /outcome .*; expected/ },
  'an event after the close': { store: speaksAfterClose, found: /follows its close/ },
  'two updates of a device at once': { store: forgetsBegun, found: /under way at once/ },
  'a success that is counted twice': {
    trigger: `create trigger if not exists defect after update on tallies
      when new.tally = ${tallies.indexOf('succeeded')} and new.count > old.count and new.count % 2 = 0
      begin
        update tallies set count = count + 1
        where account = new.account and campaign = new.campaign and scope = new.scope and tally = new.tally;
      end`,
    found: /^campaign [^ ]+, .*counted/,
  },
  'an end that is not counted': {
    trigger: `create trigger if not exists defect after update on campaign_counts
      when new.slot between ${SUCCEEDED} and ${SUCCEEDED + 31} and new.count > old.count and new.count % 3 = 0
      begin
        update campaign_counts set count = old.count
        where account = new.account and campaign = new.campaign and slot = new.slot;
      end`,
    found: /^campaign [^ ]+: closed .*counted/,
  },
  'an event that nobody is told': {
    trigger: `create trigger if not exists defect after insert on outbox
      when new.seq % 7 = 0
      begin
        delete from outbox where account = new.account and seq = new.seq;
      end`,
    found: /events were not told/,
  },
} as const satisfies Readonly<Record<string, Defect>>;
export type DefectName = keyof typeof defects;
