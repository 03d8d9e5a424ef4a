import cluster, { type Worker } from 'node:cluster';
import { MINUTE, SECOND } from '../domain/time.ts';
import { collectTexts } from './fellow-texts.ts';
import { isFromWorker } from './worker-messages.ts';

type Log = {
  readonly info: (about: object, line: string) => void;
  readonly warn: (about: object, line: string) => void;
};

type Options = {
  readonly count: number;
  /** How long workers may take to finish what they are at, in milliseconds. */
  readonly patience: number;
  readonly log: Log;
};

export type Workers = {
  /** Where they listen; rejects when the first of them ends before it listens. */
  readonly url: string;
  /** Has all of them finish, and answers whether each did so by itself. */
  readonly stop: () => Promise<boolean>;
};

/** A worker that dies is replaced at once; one that dies again soon, after a while that doubles. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10 * SECOND;
/** Who lived so long did not die of how it was started. */
const HEALTHY = MINUTE;
/**
 * In place of the 4 MiB of a server that is alone (`src/cli/server-args.ts`): reports that wait for PostgreSQL live longer than 4 MiB
 * last, and who runs several processes wants pace more than memory. Measured: 15 % more feedback, for some 30 MiB each.
 */
const YOUNG = '--max-semi-space-size=16';
/** Beyond their patience workers still have to close what they opened. */
const GRACE = 2 * SECOND;

type Place = { readonly number: number; pause: number; worker: Worker | undefined; bornAt: number };

/**
 * Starts so many processes that serve the same address, and replaces those that die. The first one comes first: it
 * makes the tables, the administrator and the key, so that the others find them. Connections are handed out in turns,
 * so that one that is stuck keeps no more than the one it has.
 */
export const startWorkers = async ({ count, patience, log }: Options): Promise<Workers> => {
  let stopping = false;
  let clean = true;
  const places = Array.from(
    { length: count },
    (_, index): Place => ({ number: index + 1, pause: FIRST_PAUSE, worker: undefined, bornAt: 0 }),
  );
  const gone = Promise.withResolvers<void>();
  const texts = collectTexts(() =>
    places.flatMap(({ number, worker }) => (worker?.isConnected() === true ? [{ number, worker }] : [])),
  );

  const start = (place: Place): Promise<string> => {
    cluster.setupPrimary({ args: [`${place.number}`], execArgv: [...process.execArgv, YOUNG] });
    const worker = cluster.fork();
    place.worker = worker;
    place.bornAt = performance.now();
    const listens = Promise.withResolvers<string>();
    listens.promise.catch(() => undefined);
    worker.on('message', (message: unknown) => {
      if (!isFromWorker(message)) return;
      if (message.is === 'listening') listens.resolve(message.url);
      else texts.take(worker, message);
    });
    worker.once('exit', (code, signal) => {
      place.worker = undefined;
      listens.reject(new Error(`worker ${place.number} ended before it listened`));
      texts.forget(worker);
      // Who was not so far that it would finish anything is ended by the signal itself.
      if (stopping) clean &&= code === 0 || signal === 'SIGTERM';
      else replace(place, { code, signal });
      if (places.every((one) => one.worker === undefined)) gone.resolve();
    });
    return listens.promise;
  };

  let isUp = false;
  const replace = (place: Place, how: object): void => {
    if (!isUp) return;
    const pause = performance.now() - place.bornAt > HEALTHY ? FIRST_PAUSE : place.pause;
    place.pause = Math.min(pause * 2, LONGEST_PAUSE);
    log.warn({ worker: place.number, ...how, pause }, 'a worker ended; another takes its place');
    setTimeout(() => {
      if (!stopping) start(place).catch(() => undefined);
    }, pause);
  };

  const [first, ...others] = places;
  if (first === undefined) throw new Error('there is no worker to start');
  const url = await start(first);
  isUp = true;
  await Promise.all(others.map((place) => start(place).catch(() => undefined)));

  const kill = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    for (const { worker } of places) worker?.process.kill(signal);
  };
  return {
    url,
    stop: async () => {
      stopping = true;
      if (places.every(({ worker }) => worker === undefined)) return clean;
      kill('SIGTERM');
      const end = setTimeout(() => kill('SIGKILL'), patience + GRACE);
      await gone.promise;
      clearTimeout(end);
      return clean;
    },
  };
};
