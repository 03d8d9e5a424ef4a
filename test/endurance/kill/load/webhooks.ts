import { setTimeout as sleep } from 'node:timers/promises';
import { type Received, startReceiver } from '../../../support/receiver.ts';
import { at, type Deps, listAll } from '../load.ts';

/** What is pushed: little enough that all of it arrives soon after the last death. */
const types = ['device-registered', 'device-deleted', 'campaign-created', 'campaign-cancelled'] as const;

const LOOK = 200;
/** Longer than the server rests between two attempts. */
const QUIET = 300;

export type Webhooks = {
  /** Waits for what is still to come, and holds what came against the history. */
  readonly audit: () => Promise<number>;
  readonly close: () => Promise<void>;
};

/** `lane` is undefined of a device that was deleted since: nobody is told which it was. */
type Message = { readonly seq: number; readonly lane: string | undefined; readonly id: string };

const laneOf = (type: string, device: unknown): string | undefined => {
  if (typeof device === 'string') return device;
  return type.startsWith('campaign-') ? '' : undefined;
};

const messageOf = ({ headers, body }: Received): Message => {
  const { type, data } = JSON.parse(body);
  return { seq: data.seq, lane: laneOf(type, at(data, 'device', 'id')), id: headers['webhook-id'] ?? '' };
};

/** A receiver that is told of some types of events, each device's in order; it lives as long as the harness. */
export const startWebhooks = async ({ wire, ledger }: Deps): Promise<Webhooks> => {
  const receiver = await startReceiver();
  const destination = await wire.insist({
    ...{ method: 'POST', path: '/api/v1/destinations' },
    body: {
      name: 'ledger',
      url: receiver.url,
      order: 'strict',
      retry: { intervalSeconds: 0.1, attempts: 100, withinSeconds: 3600 },
    },
  });
  const body = { destination: at(destination.body, 'id'), only: types };
  await wire.insist({ method: 'POST', path: '/api/v1/subscriptions', body });

  const expected = async (): Promise<ReadonlyMap<number, string>> => {
    const query = types.map((type) => `types=${type}`).join('&');
    const events = await listAll(wire, `/api/v1/events?${query}`);
    return new Map(events.map((event) => [Number(at(event, 'seq')), `${at(event, 'type')}`]));
  };

  /** Until all has come, or nothing has for so long that nothing more will. */
  const drained = async (events: ReadonlyMap<number, string>): Promise<readonly Message[]> => {
    let [quiet, count] = [0, 0];
    for (;;) {
      const messages = receiver.received.map(messageOf);
      const came = new Set(messages.map(({ seq }) => seq));
      quiet = came.size > count ? 0 : quiet + 1;
      count = came.size;
      if ([...events.keys()].every((seq) => came.has(seq)) || quiet === QUIET) return messages;
      await sleep(LOOK);
    }
  };

  const checkIds = (messages: readonly Message[], events: ReadonlyMap<number, string>): void => {
    const bySeq = new Map<number, string>();
    const byId = new Map<string, number>();
    for (const { seq, id } of messages) {
      if ((bySeq.get(seq) ?? id) !== id)
        ledger.flaw('doubled', `event ${seq} came as ${bySeq.get(seq)} and ${id}`);
      if ((byId.get(id) ?? seq) !== seq) ledger.flaw('wrong', `message ${id} is of two events`);
      bySeq.set(seq, id);
      byId.set(id, seq);
    }
    for (const [seq, type] of events)
      if (!bySeq.has(seq)) ledger.flaw('lost', `nobody was told of ${type} ${seq}`);
  };

  const checkOrder = (messages: readonly Message[]): void => {
    const latest = new Map<string, number>();
    const known = new Set<string>();
    for (const { seq, lane, id } of messages) {
      if (lane === undefined || known.has(id)) continue;
      known.add(id);
      const before = latest.get(lane) ?? 0;
      if (seq < before) ledger.flaw('wrong', `"${lane}": ${seq} came after ${before}`);
      latest.set(lane, seq);
    }
  };

  return {
    audit: async () => {
      const events = await expected();
      const messages = await drained(events);
      checkIds(messages, events);
      checkOrder(messages);
      return new Set(messages.map(({ id }) => id)).size;
    },
    close: receiver.close,
  };
};
