import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Blobs } from '../../../src/app/blobs.ts';
import { createDeliverer } from '../../../src/app/deliver.ts';
import { firstStart } from '../../../src/app/first-start.ts';
import { createLastSeen } from '../../../src/app/last-seen.ts';
import type { Ids, Store } from '../../../src/app/ports.ts';
import type { Push } from '../../../src/app/push-ports.ts';
import type { Later } from '../../../src/app/waker.ts';
import { openMemoryBlobs } from '../../../src/blobs/memory.ts';
import { createCoapServer } from '../../../src/devices/lwm2m/coap/coap-server.ts';
import type { Lwm2mSettings } from '../../../src/devices/lwm2m/deps.ts';
import { type Lwm2m, openLwm2m } from '../../../src/devices/lwm2m/open.ts';
import { usualDefaults } from '../../../src/devices/lwm2m/profile.ts';
import type { SecureDatagram } from '../../../src/devices/lwm2m/transport.ts';
import { DAY, MINUTE } from '../../../src/domain/time.ts';
import type { Task } from '../../../src/server/background.ts';
import { configFromEnv } from '../../../src/server/config.ts';
import { createContext } from '../../../src/server/context.ts';
import { readEnv } from '../../../src/server/env.ts';
import { createHttp } from '../../../src/server/http.ts';
import { eventsOut, standingWork } from '../../../src/server/standing-work.ts';
import { tellingOfEvents } from '../../../src/server/telling-store.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { adminPassword, quickHashing } from '../../support/api.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { testSealing } from '../../support/sealing.ts';
import { seededIds } from '../../support/seeded-ids.ts';
import { chanceOf } from './chance.ts';
import type { Defect } from './defects.ts';
import { createLife, type Life, mortal } from './mortal.ts';

/** A process of the simulated server, from its start until it dies or is replaced. */
export type Process = {
  readonly http: FastifyInstance;
  readonly life: Life;
  readonly store: Store;
  /** Lets everything come to an end that waits for nothing but its turn. */
  readonly settle: () => Promise<void>;
  /** Does what is due of the work that nobody asks for; or only what somebody has asked for. */
  readonly work: (which: 'all' | 'woken') => Promise<void>;
};

/** What is there whether a process runs or not: its disk and its clock. */
export type Machine = {
  readonly database: string;
  /** As the server sees it. */
  readonly clock: () => number;
  readonly now: () => Process;
  /** Ends the present process wherever it is, and starts the next one over what is on the disk. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type MachineOptions = {
  readonly seed: number;
  /** Monotonic time of the simulated world, by which the pauses of background work go. */
  readonly elapsed: () => number;
  readonly clock: () => number;
  readonly push: Push;
  /** Timers of the simulated world. */
  readonly later: Later;
  /** Where LwM2M devices reach a process. */
  readonly air: (life: Life) => SecureDatagram;
  readonly defect?: Defect;
  /** There is work that somebody has asked for. */
  readonly wake: () => void;
  /** What must not happen: an error in the log. */
  readonly problem: (line: string) => void;
};

/** What does not touch the disk, or is answered without a promise. */
const PLAIN: ReadonlySet<string> = new Set(['identityEpoch', 'contactEpochs', 'close']);
/** A task that always has more to do would never end. */
const MOST_RUNS = 500;

/** Of settings of LwM2M those that suit a world in which an hour takes a second. */
const lwm2mSettings: Lwm2mSettings = {
  ...{ account: 'DEFAULT', publicUrl: 'http://muster.example', publicHost: 'muster.example', machine: '' },
  ...{ bootstrap: 'off', pushes: 50, registrations: 10_000, ticketTtl: DAY },
  defaults: { ...usualDefaults, pollEvery: 2 * MINUTE },
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Bytes that follow from the seed, for tokens and message ids. */
const randomOf = (seed: number): ((bytes: number) => Uint8Array) => {
  const chance = chanceOf(seed, 'coap');
  return (bytes) => Uint8Array.from({ length: bytes }, () => chance.below(256));
};

/** Lines of the log that tell of a failure end here. */
const errorsTo = (problem: (line: string) => void) => pino({ level: 'error' }, { write: problem });

type Surviving = MachineOptions & {
  readonly directory: string;
  readonly database: string;
  readonly blobs: Blobs;
  readonly ids: Ids;
  readonly random: (bytes: number) => Uint8Array;
};

const spoil = (store: Store, { database, defect, clock }: Surviving): Store => {
  if (defect?.trigger !== undefined) {
    const connection = new DatabaseSync(database);
    connection.exec(defect.trigger);
    connection.close();
  }
  return defect?.store?.(store, clock) ?? store;
};

const startProcess = async (given: Surviving): Promise<Process & { readonly end: () => Promise<void> }> => {
  const { directory, database, blobs, ids, clock, push, elapsed, random } = given;
  const config = configFromEnv(
    readEnv({
      ...{ MUSTER_RATE_LIMIT: '0', MUSTER_LOGIN_RATE_LIMIT: '0', MUSTER_DATA: directory },
      MUSTER_PUBLIC_URL: 'http://muster.example',
      // A request that a dead process was in the middle of has a timer of this machine.
      MUSTER_REQUEST_TIMEOUT: '24h',
    }),
  );
  const life = createLife();
  const opened = await openSqlite(database);
  const spoilt = spoil(opened, given);
  const woken = new Set<string>();
  const wake = (name?: string): void => {
    woken.add(name ?? 'all');
    given.wake();
  };
  let lwm2m: Lwm2m | undefined;
  const store = tellingOfEvents(mortal(spoilt, life, PLAIN), (account) => {
    wake('outbox');
    lwm2m?.wake(account);
  });
  const later: Later = (run, milliseconds) =>
    given.later(() => {
      if (!life.isOver()) run();
    }, milliseconds);
  const context = await createContext(config, {
    ...{ store, blobs, push, clock, ids, hashing: quickHashing, sealing: testSealing, later },
  });
  const logger = errorsTo(given.problem);
  await firstStart(context, { email: 'admin@localhost', password: adminPassword });
  const seen = createLastSeen(store, clock);
  const deliverer = createDeliverer({
    ...context,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    wake: () => wake('deliveries'),
    report: (error) => given.problem(String(error)),
  });
  const tasks: readonly Task[] = [
    ...standingWork(context, seen),
    ...eventsOut(config, context, deliverer, logger, wake),
  ];
  const http = await createHttp(config, context, logger, wake, seen);
  const server = createCoapServer({ transport: given.air(life), clock, later, random });
  const silent = { info: () => undefined, warn: () => undefined };
  lwm2m = await openLwm2m({ ...context, later, seen, log: silent }, lwm2mSettings, [
    { name: 'coap', server },
  ]);
  const rested = new Map<string, number>();

  const isWoken = ({ name, every }: Task): boolean => woken.has(name) || (woken.has('all') && every < MINUTE);
  const hasRested = ({ name, every }: Task): boolean => elapsed() - (rested.get(name) ?? 0) >= every;
  const runTask = async (task: Task): Promise<void> => {
    for (let runs = 0; runs < MOST_RUNS; runs += 1) if (!(await task.run(life.isOver))) return;
    throw new Error(`${task.name} does not come to an end`);
  };

  return {
    ...{ http, life, store },
    settle: async () => {
      do {
        await turn();
        await turn();
      } while (life.underWay() > 0 && !life.isOver());
    },
    work: async (which) => {
      const due = tasks.filter((task) => isWoken(task) || (which === 'all' && hasRested(task)));
      woken.clear();
      for (const { name } of due) rested.set(name, elapsed());
      await Promise.all(due.map(runTask));
      await deliverer.idle();
    },
    end: async () => {
      life.die();
      deliverer.abandon();
      await opened.close();
    },
  };
};

/** A machine with a fresh disk, on which a first process runs. */
export const startMachine = async (options: MachineOptions): Promise<Machine> => {
  const directory = await mkdtemp(join(memoryDirectory ?? tmpdir(), 'muster-simulation-'));
  const database = join(directory, 'muster.db');
  const given = {
    ...{ ...options, directory, database, ids: seededIds(options.seed), random: randomOf(options.seed) },
    blobs: openMemoryBlobs({ now: options.clock }),
  };
  let running = await startProcess(given);
  return {
    ...{ database, clock: options.clock, now: () => running },
    restart: async () => {
      await running.end();
      running = await startProcess(given);
    },
    stop: async () => {
      await running.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
