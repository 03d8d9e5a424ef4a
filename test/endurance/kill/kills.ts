import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Store } from '../../../src/app/ports.ts';
import { randomFrom } from '../../../src/domain/random.ts';
import { openPostgres } from '../../../src/store/postgres.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { consult } from '../doctor.ts';
import { checkAudits, checkInvariants, type Problems } from '../invariants.ts';
import { type HowToStart, type Life, startLife } from '../life.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { newPlace, type Place } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { type Actors, startActors } from './actors.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { openWorld, type Sizes, type World } from './world.ts';

export type KillOptions = {
  readonly seed: number;
  readonly kills: number;
  /** Between two audits. */
  readonly killsPerAudit: number;
  /** Longest time from readiness to death, in milliseconds. */
  readonly longest: number;
  readonly sizes: Sizes;
  /** Is told how far it is after each audit. */
  readonly tell?: (line: string) => void;
};

/** What became of a server that was killed again and again. */
export type KillReport = {
  readonly kills: number;
  readonly acknowledged: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly pushed: number;
  readonly lost: number;
  readonly doubled: number;
  /** All that was not as it should be, in words. */
  readonly flaws: readonly string[];
  /** Milliseconds until a killed server was ready again, in order of length. */
  readonly restarts: readonly number[];
  /** Seconds of processor time for the same. */
  readonly work: readonly number[];
  readonly invariants: Problems;
  readonly audits: Problems;
};

const SHORTEST = 20;
const ahead = new URL('./ahead.ts', import.meta.url);

const shareOf = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const openStore = ({ databaseUrl, env }: Place): Promise<Store> =>
  databaseUrl === undefined
    ? openSqlite(`${env['MUSTER_DATA']}/muster.db`)
    : openPostgres({ url: databaseUrl, pool: 4 });

type Trial = {
  /** Starts the next server at the place. */
  readonly start: (how?: HowToStart) => Promise<Life>;
  readonly ledger: Ledger;
  readonly world: World;
  readonly actors: Actors;
};

/** A server that dies without having been killed ends everything: nobody would answer any more. */
const watch = ({ ledger, world }: Trial, life: Life): { readonly release: () => void } => {
  let isWatched = true;
  void life.gone.then((how) => {
    if (!isWatched) return;
    ledger.flaw('wrong', [`it ended by itself (${how})`, ...life.complaints].join('\n'));
    void world.close();
  });
  return {
    release: () => {
      isWatched = false;
    },
  };
};

/** What a server that is gone complained of on its way. */
const noteComplaints = (ledger: Ledger, { complaints }: Life): void => {
  for (const line of complaints) ledger.flaw('wrong', line);
};

/** Kills and restarts; answers the life that is left. */
const killOften = async (
  trial: Trial,
  first: Life,
  { kills, killsPerAudit, longest, seed, tell }: KillOptions,
  restarted: (life: Life) => void,
): Promise<Life> => {
  const { start, ledger, world, actors } = trial;
  const random = randomFrom(seed + 1);
  let life = first;
  let watching = watch(trial, life);
  for (let kill = 1; kill <= kills; kill += 1) {
    await sleep(SHORTEST + random() * longest);
    world.wire.setOpen(false);
    watching.release();
    await life.kill();
    noteComplaints(ledger, life);
    life = await start();
    watching = watch(trial, life);
    world.wire.setOpen(true);
    restarted(life);
    if (kill % killsPerAudit !== 0 && kill !== kills) continue;
    await actors.rest();
    await world.audit();
    tell?.(`${kill} of ${kills} kills, ${ledger.total()} acknowledged writes, ${ledger.flaws.length} flaws`);
    if (kill !== kills) actors.goOn();
  }
  watching.release();
  return life;
};

/** All that happens at a place; answers how many messages were pushed. */
const play = async (
  trial: Trial,
  first: Life,
  options: KillOptions,
  restarted: (life: Life) => void,
): Promise<number> => {
  const { start, ledger, world, actors } = trial;
  const last = await killOften(trial, first, options, restarted);
  await actors.end();
  await world.judge();
  await last.stop();
  noteComplaints(ledger, last);
  const later = await start({ preloads: [ahead] });
  const pushed = await world.judgeWebhooks();
  await later.stop();
  noteComplaints(ledger, later);
  return pushed;
};

const examine = async (place: Place): Promise<Pick<KillReport, 'invariants' | 'audits'>> => {
  const store = await openStore(place);
  try {
    return {
      invariants: [...(await checkInvariants(store)), ...(await consult(place))],
      audits: await checkAudits(store),
    };
  } finally {
    await store.close();
  }
};

/** A server under a mixed load is killed at random; whoever was told that something was done looks whether it was. */
export const runKills = async (options: KillOptions, postgres?: string): Promise<KillReport> => {
  const place = await newPlace(postgres);
  const ledger = newLedger();
  const born: Life[] = [];
  const lives: Life[] = [];
  const start = async (how?: HowToStart): Promise<Life> => {
    const life = await startLife(place, how);
    born.push(life);
    return life;
  };
  try {
    const first = await start();
    const world = await openWorld(place, ledger, options.seed, options.sizes);
    const failed = (error: unknown): void =>
      ledger.flaw('wrong', `${error instanceof Error ? error.stack : error}`);
    const trial = { start, ledger, world, actors: startActors(world.actors, failed) };
    const pushed = await play(trial, first, options, (life) => lives.push(life))
      .catch(failed)
      .finally(world.close);
    return {
      ...{ kills: lives.length, acknowledged: ledger.total(), counts: ledger.counts() },
      pushed: pushed ?? 0,
      ...{ lost: ledger.flawsOf('lost'), doubled: ledger.flawsOf('doubled') },
      flaws: ledger.flaws.map(({ kind, what }) => `${kind}: ${what}`),
      restarts: lives.map(({ readyAfter }) => readyAfter).sort((a, b) => a - b),
      work: lives.map(({ workUntilReady }) => workUntilReady).sort((a, b) => a - b),
      ...(await examine(place)),
    };
  } finally {
    for (const life of born) await life.kill();
    await place.remove();
  }
};

/** By the clock; or by the processor, where others use the machine at the same time and slow its caches down too. */
export type RestartBy = 'clock' | 'processor';

/** Where others use the machine, the longest of its delays are theirs. */
const goals: Readonly<Record<RestartBy, { readonly share: number; readonly seconds: number }>> = {
  clock: { share: 0.99, seconds: 2 },
  processor: { share: 0.5, seconds: 4 },
};

const restartsBy = (by: RestartBy, { restarts, work }: KillReport): readonly number[] =>
  by === 'processor' ? work : restarts.map((milliseconds) => milliseconds / 1_000);

/** The figures of a report. */
export const findingsOf = (
  engine: EngineName,
  seed: number,
  report: KillReport,
  by: RestartBy = 'clock',
): readonly Finding[] => {
  const { kills, acknowledged, pushed, lost, doubled, flaws, invariants, audits } = report;
  const restart = (['clock', 'processor'] as const).map((each) => {
    const [half, last] = [0.5, 0.99].map((share) => shareOf(restartsBy(each, report), share).toFixed(1));
    return `${half} s at p50 and ${last} s at p99 by the ${each}`;
  });
  const { share, seconds } = goals[by];
  const isSoon = shareOf(restartsBy(by, report), share) < seconds;
  const told = `${acknowledged} acknowledged writes and ${pushed} messages, ${lost} lost, ${doubled} doubled`;
  const shared = { part: engine, seed };
  return [
    {
      ...{ ...shared, id: 'R-01', pass: kills > 0 && flaws.length === 0 && isSoon },
      result: `${kills} kills, ${told}, ${flaws.length} flaws in all; ready again in ${restart.join(', ')}`,
    },
    {
      ...{ ...shared, id: 'R-13', pass: invariants.length === 0 },
      result: `${invariants.length} findings after ${kills} kills`,
    },
    {
      ...{ ...shared, id: 'R-35', pass: audits.length === 0 },
      result: `${audits.length} broken chains after ${kills} kills`,
    },
  ];
};

export const kills: Scenario = {
  usage: `[--engine sqlite] [--kills 1000] [--seed 1] [--longest 1000] [--by clock|processor]
      kills a server at random while every dialect and protocol is at work, and looks for what was acknowledged`,
  run: (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        engine: { type: 'string' },
        kills: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        longest: { type: 'string', default: '1000' },
        by: { type: 'string', default: 'clock' },
      },
    });
    const [count, seed, longest] = (['kills', 'seed', 'longest'] as const).map((name) =>
      wholeNumber(name, values[name]),
    ) as [number, number, number];
    const sizes = { operators: 3, reporters: 32, endpoints: 4, fleet: 30 };
    const options = {
      seed,
      kills: count,
      killsPerAudit: Math.max(1, Math.min(50, Math.floor(count / 2))),
      longest,
      sizes,
      tell: (line: string) => console.error(line),
    };
    return onEach(enginesOf(values.engine), async (engine, postgres) => {
      const report = await runKills(options, postgres);
      console.log(report.counts);
      for (const flaw of [...report.flaws, ...report.invariants, ...report.audits].slice(0, 50))
        console.log(flaw);
      return findingsOf(engine, seed, report, values.by === 'processor' ? 'processor' : 'clock');
    });
  },
};
