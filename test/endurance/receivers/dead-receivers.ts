import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDeliverer } from '../../../src/app/deliver.ts';
import type { Delivery, Subscription } from '../../../src/app/delivery-records.ts';
import type { Store } from '../../../src/app/ports.ts';
import type { Pushed, PushRequest } from '../../../src/app/push-ports.ts';
import type { Write } from '../../../src/app/writes.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/domain/time.ts';
import { nodeHashing } from '../../../src/server/crypto.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { newWorld } from '../../contract/store/world.ts';
import { accepted, fakePush } from '../../support/fake-push.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { NOON, sampleDelivery, sampleDestination, sampleSubscription } from '../../support/samples.ts';
import { wholeNumber } from '../options.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { type Agenda, createAgenda } from '../simulation/agenda.ts';
import { type Chance, chanceOf } from '../simulation/chance.ts';
import { createLife, mortal } from '../simulation/mortal.ts';

export type Receivers = {
  readonly seed: number;
  readonly endpoints: number;
  /** Of a hundred endpoints so many never answer. */
  readonly deadOfHundred: number;
  readonly days: number;
};

/** How long messages took from when they were due until a receiver that lives had them, in virtual milliseconds. */
export type Served = {
  readonly messages: number;
  readonly served: number;
  readonly p99: number;
  /** Attempts at those that never answer. */
  readonly inVain: number;
};

/** Every three hours so many of the endpoints get a message each, and all that never answer. */
const ROUND = 3 * HOUR;
const EACH_ROUND = 1_000;
/** Records of one write. */
const PAGE = 500;
const TIMEOUT = 15 * SECOND;
/** What a server looks for by itself, and what is left for the last messages after the last round. */
const LOOK = 10 * SECOND;
const LAST = 10 * MINUTE;
/** What the wait of those who live may grow by. */
const MOST_TIMES = 2;

type Endpoint = {
  readonly url: string;
  readonly isDead: boolean;
  readonly subscription: Subscription;
};

/** Destinations of an account with a subscription each. */
const follow = async (store: Store, { endpoints, deadOfHundred }: Receivers) => {
  const { account, write } = await newWorld(store);
  const writes: Write[] = [];
  const made = Array.from({ length: endpoints }, (_, index): Endpoint => {
    const url = `https://receiver-${index}.example.com/`;
    const destination = sampleDestination({ url, timeout: TIMEOUT });
    const subscription = sampleSubscription(destination);
    writes.push({ save: 'destination', value: destination }, { save: 'subscription', value: subscription });
    return { url, subscription, isDead: index % 100 < deadOfHundred };
  });
  for (let from = 0; from < writes.length; from += PAGE) await write(...writes.slice(from, from + PAGE));
  return { account, endpoints: made };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves at an instant of the agenda. */
const at = (agenda: Agenda, instant: number): Promise<void> =>
  new Promise((resolve) => agenda.add(instant, async () => resolve()));

/** Those who get a message of a round: who is drawn does not depend on who is dead. */
const audience = (all: readonly Endpoint[], chance: Chance): readonly Endpoint[] => {
  const drawn = new Set(Array.from({ length: EACH_ROUND }, () => chance.pick(all)));
  return [...new Set([...drawn, ...all.filter(({ isDead }) => isDead)])];
};

/** A world in which time goes from one thing to the next, and what happens in it to messages. */
type Course = {
  readonly agenda: Agenda;
  readonly now: () => number;
  /** When each message for a receiver that lives was due. */
  readonly due: Map<string, number>;
  readonly latencies: number[];
  readonly deaf: Set<string>;
  inVain: number;
};

/** Receivers that take a moment to answer, and those that never do. */
const answering =
  (course: Course, chance: Chance) =>
  async ({ url, headers }: PushRequest): Promise<Pushed> => {
    const { agenda, now, due, latencies, deaf } = course;
    if (deaf.has(url)) {
      course.inVain += 1;
      await at(agenda, now() + TIMEOUT);
      return { problem: 'no answer in time', took: TIMEOUT };
    }
    await at(agenda, now() + chance.from(20, 120));
    latencies.push(now() - (due.get(headers['webhook-id'] ?? '') ?? Number.NaN));
    return accepted;
  };

/** Lets days pass in which a server pushes to many endpoints, of which some never answer. */
export const serve = async (receivers: Receivers): Promise<Served> => {
  const directory = await mkdtemp(join(memoryDirectory ?? tmpdir(), 'muster-receivers-'));
  const opened = await openSqlite(join(directory, 'muster.db'));
  const life = createLife();
  const store = mortal(opened, life, new Set(['close']));
  const chance = chanceOf(receivers.seed, 'receivers');
  const agenda = createAgenda();
  let [now, isWoken] = [NOON, false];
  const wake = (): void => {
    isWoken = true;
  };
  const course: Course = {
    ...{ agenda, now: () => now, inVain: 0 },
    ...{ due: new Map(), latencies: [], deaf: new Set() },
  };
  const problems: unknown[] = [];
  const deliverer = createDeliverer({
    ...{ store, wake, push: fakePush(answering(course, chance)), hashing: nodeHashing, clock: () => now },
    pause: (milliseconds) => at(agenda, now + milliseconds),
    report: (error) => problems.push(error),
  });

  /** Lets the store answer, and sends what may be sent then. */
  const settle = async (): Promise<void> => {
    do await turn();
    while (life.underWay() > 0);
  };
  const look = async (): Promise<void> => {
    while (isWoken) {
      isWoken = false;
      while (await deliverer.next());
      await settle();
    }
  };

  const { account, endpoints } = await follow(store, receivers);
  for (const { url, isDead } of endpoints) if (isDead) course.deaf.add(url);
  const end = NOON + receivers.days * DAY;
  const tell = ({ subscription, isDead }: Endpoint): Delivery => {
    const delivery = sampleDelivery(subscription, { createdAt: now, dueAt: now });
    if (!isDead) course.due.set(delivery.id, now);
    return delivery;
  };
  const round = async (): Promise<void> => {
    await store.deliveries.add(account, audience(endpoints, chance).map(tell));
    if (now + ROUND < end) agenda.add(now + ROUND, round);
    wake();
  };
  const tick = async (): Promise<void> => {
    agenda.add(now + LOOK, tick);
    wake();
  };

  try {
    agenda.add(now, round);
    agenda.add(now, tick);
    while (agenda.next() <= end + LAST) {
      now = agenda.next();
      for (const { run } of agenda.take(now, 1_000)) await run();
      await settle();
      await look();
    }
    if (problems.length > 0) throw problems[0];
    const sorted = course.latencies.sort((a, b) => a - b);
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
    return { messages: course.due.size, served: sorted.length, p99, inVain: course.inVain };
  } finally {
    deliverer.abandon();
    await opened.close();
    await rm(directory, { recursive: true, force: true });
  }
};

/** with and without those that never answer. */
export const compareReceivers = async (receivers: Receivers): Promise<Finding> => {
  const without = await serve({ ...receivers, deadOfHundred: 0 });
  const { messages, served, p99, inVain } = await serve(receivers);
  const { seed, endpoints, deadOfHundred, days } = receivers;
  const scale = `${days} days, ${endpoints.toLocaleString('en')} endpoints, ${deadOfHundred} % dead`;
  return {
    ...{ id: 'R-18', part: 'dead receivers', seed },
    pass: messages > 0 && served === messages && inVain > 0 && p99 <= MOST_TIMES * without.p99,
    result: `${scale}: ${served} of ${messages} messages to the others came, p99 ${p99} ms, ${without.p99} ms where none is dead; ${inVain} attempts in vain`,
  };
};

export const receivers: Scenario = {
  usage: `[--endpoints 10000] [--dead 1] [--days 3] [--seed 18]
      has some of many receivers never answer for days of virtual time, and looks how long the others wait`,
  run: async function* (args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        endpoints: { type: 'string', default: '10000' },
        dead: { type: 'string', default: '1' },
        days: { type: 'string', default: '3' },
        seed: { type: 'string', default: '18' },
      },
    });
    const [endpoints, deadOfHundred, days, seed] = (['endpoints', 'dead', 'days', 'seed'] as const).map(
      (name) => wholeNumber(name, values[name]),
    ) as [number, number, number, number];
    yield await compareReceivers({ endpoints, deadOfHundred, days, seed });
  },
};
