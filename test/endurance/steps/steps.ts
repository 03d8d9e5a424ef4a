import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '../../../src/client/muster.ts';
import { fleetImage } from '../../../src/simulator/image.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { at } from '../kill/load.ts';
import { openWire } from '../kill/wire.ts';
import { startLife } from '../life.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { admin, newPlace, type Place } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { deviceKinds } from './device-kinds.ts';
import { dialectKinds } from './dialect-kinds.ts';
import type { Kind, Stage, Trial } from './kind.ts';
import { musterKinds } from './muster-kinds.ts';

/** Every kind of request that is tried. */
export const kinds: readonly Kind[] = [...musterKinds, ...deviceKinds, ...dialectKinds];

/** What became of one kind: it has so many steps, at how many of them a server died, and what was wrong after that. */
export type Covered = {
  readonly kind: string;
  readonly points: number;
  readonly deaths: number;
  readonly flaws: readonly string[];
};

const preloads = [new URL('./fail-points.ts', import.meta.url)];
/** A request that has more than these never ends. */
const MOST_POINTS = 500;

const pushedTo =
  ({ received }: Receiver) =>
  (device: string): ReadonlySet<string> => {
    const own = received.filter(({ body }) => at(JSON.parse(body), 'data', 'device', 'id') === device);
    return new Set(own.map(({ headers }) => headers['webhook-id'] ?? ''));
  };

const openStage = async (place: Place, receiver: Receiver): Promise<Stage> => {
  const { token } = await createClient({ url: place.url }).signIn({ body: admin });
  const client = createClient({ url: place.url, token });
  const account = (await client.getSession({})).account.id;
  const { secret } = await client.createGatewayToken({ params: { account }, body: {} });
  const data = new Uint8Array(fleetImage('2.0.0', 1_000));
  const { id: pack } = await client.createPackage({
    query: { name: 'firmware', version: '2.0', kind: 'firmware' },
    bytes: { type: 'application/octet-stream', data },
  });
  const retry = { intervalSeconds: 0.1, attempts: 100, withinSeconds: 3_600 };
  const destination = await client.createDestination({ body: { name: 'steps', url: receiver.url, retry } });
  await client.createSubscription({ body: { destination: destination.id, only: ['device-registered'] } });
  return {
    ...{ place, token, account, gatewayToken: secret, pack, pushed: pushedTo(receiver) },
    wire: openWire(place.url, { authorization: `Bearer ${token}` }),
  };
};

/** A server that is replaced whenever it dies. */
type Mortal = {
  readonly deaths: () => number;
  /** Waits until it has died more often than that, and is back; answers whether it did. */
  readonly isBack: (deaths: number) => Promise<boolean>;
  /** Rejects when one that died cannot be replaced: nobody would answer any more. */
  readonly lost: Promise<never>;
  readonly end: () => Promise<void>;
};

const LOOK = 5;
/** In which a server that was to die has done so, in milliseconds. */
const DEATH = 20_000;

const startMortal = async (place: Place): Promise<Mortal> => {
  let life = await startLife(place, { preloads });
  let [deaths, isOver] = [0, false];
  const replace = async (): Promise<void> => {
    while (!isOver) {
      await life.gone;
      if (isOver) return;
      deaths += 1;
      life = await startLife(place, { preloads });
    }
  };
  const replaced = replace();
  const lost = replaced.then(() => new Promise<never>(() => undefined));
  lost.catch(() => undefined);
  return {
    lost,
    deaths: () => deaths,
    isBack: async (before) => {
      for (const deadline = Date.now() + DEATH; deaths === before; await sleep(LOOK))
        if (Date.now() > deadline) return false;
      while (life.isGone() && !isOver) await sleep(LOOK);
      return !isOver;
    },
    end: async () => {
      isOver = true;
      await life.kill();
      await replaced.catch(() => undefined);
      // One may have come up meanwhile.
      await life.kill();
    },
  };
};

const isTaken = (trial: Trial, status: number): boolean =>
  status < 300 || (trial.doneBefore ?? []).includes(status);

/** What is wrong after the server has died at a step, or was not asked to: a request is done wholly or not at all. */
const afterDeath = async (trial: Trial): Promise<readonly string[]> => {
  const before = await trial.effects();
  if (![0, 1].includes(before)) return [`it took effect ${before} times`];
  const again = await trial.send(0);
  if (again === 'unknown') return ['there was no answer to it again'];
  if (!isTaken(trial, again.status)) return [`again it was answered ${again.status} ${again.bytes}`];
  const after = await trial.effects();
  const most = trial.mayDouble === true ? before + 1 : 1;
  return after >= 1 && after <= most ? [] : [`it took effect ${before} times, and again ${after} times`];
};

/** Tries one kind at each of its steps, until it goes through without having come to the next. */
const cover = async (stage: Stage, mortal: Mortal, kind: Kind, prefix: string): Promise<Covered> => {
  const flaws: string[] = [];
  let died = 0;
  for (let point = 1; point < MOST_POINTS; point += 1) {
    const told = (what: string): number => flaws.push(`${kind.name}, step ${point}: ${what}`);
    const trial = await kind.prepare(stage, `${prefix}-${point}`);
    const deaths = mortal.deaths();
    const answer = await trial.send(point);
    // An answer may be here before the server has come to its last step.
    if (answer !== 'unknown') await stage.wire.insist({ method: 'GET', path: '/healthz' });
    const isDead = answer === 'unknown' ? await mortal.isBack(deaths) : mortal.deaths() > deaths;
    if (isDead) died += 1;
    if (answer !== 'unknown') {
      if (answer.status >= 300) told(`it was answered ${answer.status} ${answer.bytes}`);
      const times = await trial.effects();
      if (times !== 1) told(`it was acknowledged and took effect ${times} times`);
      if (!isDead) return { kind: kind.name, points: point - 1, deaths: died, flaws };
    } else if (isDead) {
      for (const what of await afterDeath(trial)) told(what);
    } else {
      told('there was no answer of a server that lives');
    }
  }
  const endless = [...flaws, `${kind.name} does not end`];
  return { kind: kind.name, points: MOST_POINTS, deaths: died, flaws: endless };
};

const FIRST_START = 'first start';

/** The start of a server on an empty place, killed at each of its steps; the next one has to come up. */
const coverStart = async (postgres: string | undefined): Promise<Covered> => {
  const kind = FIRST_START;
  for (let point = 1; point < MOST_POINTS; point += 1) {
    const place = await newPlace(postgres);
    try {
      const env = { MUSTER_TEST_FAIL_POINT: `${point}` };
      const early = await startLife(place, { preloads, env }).catch(() => undefined);
      if (early !== undefined) {
        await early.stop();
        return { kind, points: point - 1, deaths: point - 1, flaws: [] };
      }
      const life = await startLife(place);
      await createClient({ url: place.url }).signIn({ body: admin });
      await life.stop();
    } catch (error) {
      return { kind, points: point, deaths: point, flaws: [`${kind}, step ${point}: ${error}`] };
    } finally {
      await place.remove();
    }
  }
  return { kind, points: MOST_POINTS, deaths: MOST_POINTS, flaws: [`${kind} does not end`] };
};

/** Takes one kind after the other from those that are left. */
const coverAll = async (
  stage: Stage,
  mortal: Mortal,
  left: Kind[],
  tell: (covered: Covered) => void,
): Promise<readonly Covered[]> => {
  const covered: Covered[] = [];
  for (let kind = left.shift(); kind !== undefined; kind = left.shift()) {
    const one = await cover(stage, mortal, kind, `s${covered.length}`);
    covered.push(one);
    tell(one);
  }
  return covered;
};

/** The same at a place of its own; where a server cannot be replaced, that is the end of it and of all others. */
const work = async (
  left: Kind[],
  tell: (covered: Covered) => void,
  postgres: string | undefined,
): Promise<readonly Covered[]> => {
  const place = await newPlace(postgres);
  const receiver = await startReceiver();
  const mortal = await startMortal(place);
  try {
    const stage = await openStage(place, receiver);
    const covered = coverAll(stage, mortal, left, tell);
    return await Promise.race([covered, mortal.lost]).finally(stage.wire.close);
  } catch (error) {
    left.length = 0;
    throw error;
  } finally {
    await mortal.end();
    await receiver.close();
    await place.remove();
  }
};

export type StepOptions = {
  /** Servers that die at the same time. */
  readonly abreast: number;
  readonly only: readonly Kind[];
  /** Whether the first start is tried too. */
  readonly withStart: boolean;
  /** Is told of each kind once it is through. */
  readonly tell?: (covered: Covered) => void;
};

/** Kills a server at each step of each kind of request. */
export const runSteps = async (
  { abreast, only, withStart, tell = () => undefined }: StepOptions,
  postgres?: string,
): Promise<readonly Covered[]> => {
  const left = [...only];
  const workers = Array.from({ length: Math.min(abreast, only.length) }, () => work(left, tell, postgres));
  const start = async (): Promise<readonly Covered[]> => {
    if (!withStart) return [];
    const covered = await coverStart(postgres);
    tell(covered);
    return [covered];
  };
  return (await Promise.all([start(), ...workers])).flat();
};

export const stepFindings = (engine: EngineName, covered: readonly Covered[]): readonly Finding[] => {
  const [points, deaths] = (['points', 'deaths'] as const).map((what) =>
    covered.reduce((sum, one) => sum + one[what], 0),
  );
  const flaws = covered.flatMap((one) => one.flaws);
  const silent = covered.filter((one) => one.points === 0);
  return [
    {
      ...{ id: 'R-02', part: engine, seed: null },
      pass: flaws.length === 0 && silent.length === 0 && deaths === points,
      result: `died at ${deaths} of ${points} steps of ${covered.length} kinds of requests, ${flaws.length} lost, doubled or half done`,
    },
  ];
};

export const steps: Scenario = {
  usage: `[--engine sqlite] [--abreast 3] [--only webhook]
      kills a server at each step of each kind of request, and looks whether it was done wholly or not at all`,
  run: (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        engine: { type: 'string' },
        abreast: { type: 'string', default: '3' },
        only: { type: 'string', default: '' },
      },
    });
    const isAsked = (name: string): boolean => name.includes(values.only);
    const only = kinds.filter(({ name }) => isAsked(name));
    const abreast = wholeNumber('abreast', values.abreast);
    const tell = ({ kind, points, flaws }: Covered): void =>
      console.log([`${points} ${kind}`, ...flaws].join('\n  '));
    return onEach(enginesOf(values.engine), async (engine, postgres) => {
      const covered = await runSteps({ abreast, only, withStart: isAsked(FIRST_START), tell }, postgres);
      return stepFindings(engine, covered);
    });
  },
};
