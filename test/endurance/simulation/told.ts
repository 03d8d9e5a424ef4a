import type { StoredEvent } from '../../../src/app/event-records.ts';
import type { Store } from '../../../src/app/ports.ts';
import type { Client } from '../../../src/client/muster.ts';
import { DAY, HOUR } from '../../../src/domain/time.ts';
import { must } from '../../contract/store/world.ts';
import type { Chance } from './chance.ts';
import { everyEvent } from './invariants.ts';
import { createReceiver, type SimulatedReceiver, type Taken } from './receiver.ts';

/** What a receiver was told, held against what happened. */
export type Told = {
  readonly receiver: SimulatedReceiver;
  readonly subscribe: (client: Client) => Promise<void>;
  /** Lets time go on until all that waits was sent. */
  readonly settle: (go: (until: number) => Promise<void>) => Promise<void>;
  readonly wrong: (store: Store) => Promise<readonly string[]>;
};

type Message = { readonly data: { readonly seq: number; readonly device: { readonly id: string } | null } };

/** Longer than any message waits for its next attempt. */
const LONGEST = 2 * DAY;
const only = ['update-closed', 'campaign-started', 'campaign-ended', 'campaign-paused'] as const;

const messageIn = ({ body }: Taken): Message['data'] => (JSON.parse(body) as Message).data;

/** Each event comes, and always under the same id. */
const missing = (due: readonly StoredEvent[], taken: readonly Taken[]): readonly string[] => {
  const came = new Map<number, string>();
  const wrong: string[] = [];
  for (const one of taken) {
    const { seq } = messageIn(one);
    const id = came.get(seq);
    if (id !== undefined && id !== one.id) wrong.push(`event ${seq} came as ${id} and as ${one.id}`);
    came.set(seq, one.id);
  }
  const absent = due.filter(({ seq }) => !came.has(seq));
  if (absent.length > 0) wrong.push(`${absent.length} events were not told, first ${absent[0]?.seq}`);
  if (came.size > due.length) wrong.push(`${came.size} messages came of ${due.length} events`);
  return wrong;
};

/** Those about one device come in order the first time that they come. */
const outOfOrder = (taken: readonly Taken[]): readonly string[] => {
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  return taken.flatMap((one) => {
    const { seq, device } = messageIn(one);
    if (device === null || seen.has(one.id)) return [];
    seen.add(one.id);
    const before = latest.get(device.id) ?? 0;
    latest.set(device.id, Math.max(seq, before));
    return seq > before ? [] : [`event ${seq} of ${device.id} came after ${before}`];
  });
};

/** What is wrong with the messages that a receiver took, given the events that it was to be told of. */
export const wrongTold = (due: readonly StoredEvent[], taken: readonly Taken[]): readonly string[] => [
  ...missing(due, taken),
  ...outOfOrder(taken),
];

/** A receiver of the ends of updates and of what becomes of campaigns, which is away for some hours of the day. */
export const createTold = (chance: Chance, elapsed: () => number): Told => {
  const from = chance.below(20) * HOUR;
  const to = from + chance.below(10) * HOUR;
  const receiver = createReceiver(chance, () => elapsed() >= from && elapsed() < to);
  return {
    receiver,
    subscribe: async (client) => {
      const destination = await client.createDestination({
        body: { name: 'watcher', url: 'https://hooks.example.com/muster', order: 'strict' },
      });
      await client.createSubscription({
        body: { destination: destination.id, only: [...only] },
      });
    },
    settle: async (go) => {
      for (let before = -1; receiver.taken.length > before; ) {
        before = receiver.taken.length;
        await go(elapsed() + LONGEST);
      }
    },
    wrong: async (store) => {
      const { key } = must(await store.accounts.find('DEFAULT'));
      const due = (await everyEvent(store, key)).filter(({ body }) =>
        only.some((type) => type === body.type),
      );
      return wrongTold(due, receiver.taken);
    },
  };
};
