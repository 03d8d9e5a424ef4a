import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomFrom } from '../../../src/domain/random.ts';
import { openPostgres } from '../../../src/store/postgres.ts';
import { type MortalPostgres, startMortalPostgres } from '../../support/mortal-postgres.ts';
import { NO_POSTGRES } from '../../support/postgres.ts';
import { startToxicProxy, type ToxicProxy } from '../../support/toxic-proxy.ts';
import { checkAudits, checkInvariants } from '../invariants.ts';
import { type Actors, startActors } from '../kill/actors.ts';
import { type Ledger, newLedger } from '../kill/ledger.ts';
import { openWorld, type World } from '../kill/world.ts';
import { type Life, startLife } from '../life.ts';
import { wholeNumber } from '../options.ts';
import { newPlace, type Place } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';

/** What befalls the database, or the way to it. */
const misfortunes = ['kill', 'reset', 'forget', 'silence', 'latency', 'narrow'] as const;
type Misfortune = (typeof misfortunes)[number];

export type DatabaseOptions = {
  readonly seed: number;
  /** How often the database is killed. The others come by turns, once for so many kills. */
  readonly kills: number;
  readonly killsPerOther: number;
};

export type DatabaseReport = {
  readonly counts: Readonly<Record<Misfortune, number>>;
  readonly acknowledged: number;
  readonly flaws: readonly string[];
  /** From the end of a misfortune to the first write that was acknowledged after it, in order of length. */
  readonly recoveries: readonly Recovery[];
};

type Recovery = { readonly from: Misfortune; readonly milliseconds: number };

type Stage = {
  readonly postgres: MortalPostgres;
  readonly proxy: ToxicProxy;
  readonly place: Place;
  readonly flaws: string[];
};

const PROBE = 2_000;
const PAUSE = 20;
/** Longer than a question for readiness is patient. */
const LONG = 3_500;
const PATIENCE = 60_000;

const readiness = async ({ place }: Stage): Promise<number> => {
  const reply = await fetch(`${place.url}/readyz`, { signal: AbortSignal.timeout(2 * LONG) }).catch(
    () => undefined,
  );
  return reply?.status ?? 0;
};

/** While nothing can be written the server must not say that it is ready. */
const mustNotBeReady = async (stage: Stage, what: Misfortune): Promise<void> => {
  const status = await readiness(stage);
  if (status !== 503) stage.flaws.push(`/readyz is answered ${status} in the middle of "${what}"`);
};

/** What is done to the database, until it is over. */
const befall = async (stage: Stage, what: Misfortune): Promise<void> => {
  const { postgres, proxy } = stage;
  switch (what) {
    case 'kill':
      await postgres.kill();
      await mustNotBeReady(stage, what);
      return postgres.start();
    case 'reset':
      return proxy.reset();
    case 'forget':
      return proxy.forget();
    case 'silence':
      proxy.set({ kind: 'silent' });
      await sleep(LONG);
      await mustNotBeReady(stage, what);
      return proxy.set({ kind: 'none' });
    case 'latency':
      proxy.set({ kind: 'slow', latency: 2_000, bytesPerSecond: 0 });
      await sleep(2 * LONG);
      return proxy.set({ kind: 'none' });
    case 'narrow':
      proxy.set({ kind: 'slow', latency: 0, bytesPerSecond: 1_000 });
      await sleep(LONG);
      return proxy.set({ kind: 'none' });
    default:
      return what satisfies never;
  }
};

/** Writes until one is acknowledged; answers how long that took. */
const recovery = async (write: () => Promise<boolean>): Promise<number> => {
  const began = performance.now();
  while (performance.now() - began < PATIENCE) {
    if (await write()) break;
    await sleep(PAUSE);
  }
  return performance.now() - began;
};

const misfortunesOf = ({ kills, killsPerOther }: DatabaseOptions): readonly Misfortune[] => {
  const [kill, ...others] = misfortunes;
  return Array.from({ length: kills }, (_, index): readonly Misfortune[] => {
    const other = others[Math.floor(index / killsPerOther) % others.length];
    return index % killsPerOther === 0 && other !== undefined ? [kill, other] : [kill];
  }).flat();
};

type Tally = {
  readonly counts: Record<Misfortune, number>;
  readonly recoveries: Recovery[];
};

/** One misfortune after the other; then nobody writes any more, and what was acknowledged is looked for. */
const befallAll = async (
  stage: Stage,
  { world, actors }: { readonly world: World; readonly actors: Actors },
  options: DatabaseOptions,
  { counts, recoveries }: Tally,
): Promise<void> => {
  const random = randomFrom(options.seed);
  for (const what of misfortunesOf(options)) {
    await sleep(200 + random() * 600);
    await befall(stage, what);
    counts[what] += 1;
    let probes = 0;
    const milliseconds = await recovery(async () => {
      probes += 1;
      const id = `probe-${recoveries.length}-${probes}`;
      return (await world.tryToWrite(id, AbortSignal.timeout(PROBE))) === 201;
    });
    recoveries.push({ from: what, milliseconds });
    if ((await readiness(stage)) !== 200) stage.flaws.push(`/readyz is not answered 200 after "${what}"`);
  }
  await actors.rest();
  await world.audit();
  await actors.end();
};

/** Rejects when a server ends that nobody has told to. */
const untimely = ({ gone, complaints }: Life): Promise<never> =>
  gone.then((how) => {
    throw new Error(`the server ended (${how}): ${complaints.join('\n')}`);
  });

/** A server at the place, with a load, and what befalls its database. */
const live = async (stage: Stage, ledger: Ledger, options: DatabaseOptions, tally: Tally): Promise<void> => {
  const life = await startLife(stage.place);
  try {
    const sizes = { operators: 2, reporters: 12, endpoints: 2, fleet: 0 };
    const world = await openWorld(stage.place, ledger, options.seed, sizes, { failuresAreDoubts: true });
    const actors = startActors(world.actors, (error) => stage.flaws.push(`${error}`));
    await Promise.race([befallAll(stage, { world, actors }, options, tally), untimely(life)]).finally(
      world.close,
    );
    await life.stop();
  } finally {
    await life.kill();
  }
};

const byLength = (a: Recovery, b: Recovery): number => a.milliseconds - b.milliseconds;

/** A server under load whose database dies, or is hard to reach, again and again. */
export const runDatabase = async (options: DatabaseOptions): Promise<DatabaseReport> => {
  const postgres = await startMortalPostgres();
  if (postgres === undefined) throw new Error(NO_POSTGRES);
  const proxy = await startToxicProxy(postgres.port);
  const place = await newPlace(postgres.url, proxy.port);
  const stage: Stage = { postgres, proxy, place, flaws: [] };
  const counts = Object.fromEntries(misfortunes.map((name) => [name, 0])) as Record<Misfortune, number>;
  const tally: Tally = { counts, recoveries: [] };
  const ledger = newLedger();
  try {
    await live(stage, ledger, options, tally);
    const store = await openPostgres({ url: place.databaseUrl ?? '', pool: 4 });
    stage.flaws.push(...(await checkInvariants(store)), ...(await checkAudits(store)));
    await store.close();
  } finally {
    await proxy.stop();
    await postgres.stop();
    await place.removeDirectory();
  }
  return {
    ...{ counts, acknowledged: ledger.total(), recoveries: tally.recoveries.sort(byLength) },
    flaws: [...stage.flaws, ...ledger.flaws.map(({ kind, what }) => `${kind}: ${what}`)],
  };
};

const RECOVERY = 5_000;

/** `slack` is how many times as long it may take where others use the machine at the same time. */
export const databaseFinding = (
  seed: number,
  { counts, acknowledged, flaws, recoveries }: DatabaseReport,
  slack = 1,
): Finding => {
  const longest = Math.round(recoveries.at(-1)?.milliseconds ?? 0);
  const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return {
    ...{ id: 'R-16', part: 'PostgreSQL', seed, pass: flaws.length === 0 && longest < RECOVERY * slack },
    result: `${told.join(', ')}; ${acknowledged} acknowledged writes, ${flaws.length} flaws; recovery in ${longest} ms at most`,
  };
};

export const database: Scenario = {
  usage: `[--kills 100] [--seed 1] [--slack 1]
      kills PostgreSQL under load, and makes the way to it slow, silent and forgetful`,
  run: async function* (args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        slack: { type: 'string', default: '1' },
      },
    });
    const [kills, seed, slack] = (['kills', 'seed', 'slack'] as const).map((name) =>
      wholeNumber(name, values[name]),
    ) as [number, number, number];
    const report = await runDatabase({ seed, kills, killsPerOther: 2 });
    for (const flaw of report.flaws.slice(0, 50)) console.log(flaw);
    console.log(
      report.recoveries.map(({ from, milliseconds }) => `${from} ${Math.round(milliseconds)}`).join(', '),
    );
    yield databaseFinding(seed, report, slack);
  },
};
