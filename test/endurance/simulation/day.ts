import { createClient } from '../../../src/client/muster.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/domain/time.ts';
import { enrolFleet } from '../../../src/simulator/enrol.ts';
import { faultProfiles } from '../../../src/simulator/profile.ts';
import { type FleetPlan, usualHabits, usualVersions } from '../../../src/simulator/traits.ts';
import { adminPassword } from '../../support/api.ts';
import { createAgenda } from './agenda.ts';
import { createAir } from './air.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type DefectName, defects } from './defects.ts';
import { openEndpoint } from './endpoint.ts';
import { fetching } from './fetching.ts';
import { createFleet, type SimulatedFleet } from './fleet.ts';
import { createWatch, type Examined, examine } from './invariants.ts';
import { startMachine } from './machine.ts';
import { createNetwork, type Faults, type Odds } from './network.ts';
import { createOperator } from './operator.ts';
import { createTold } from './told.ts';

export type DayOptions = {
  readonly seed: number;
  readonly devices: number;
  /** One campaign for all devices, of whose messages very many are lost, repeated and late; nothing else goes wrong. */
  readonly lossy?: true;
  /** What is wrong with the server on purpose. */
  readonly defect?: DefectName;
};

/** What a simulated day was like, and what was found wrong after it. */
export type Day = Examined & {
  readonly seed: number;
  readonly devices: number;
  readonly requests: number;
  /** Of LwM2M, in both directions. */
  readonly datagrams: number;
  readonly restarts: number;
  readonly jumps: number;
  readonly faults: Faults;
  readonly deliveries: number;
  /** Milliseconds of the simulated world, and of this machine. */
  readonly simulated: number;
  readonly took: number;
};

const SERVER = 'http://muster.example';
/** Nobody interferes any more; a little later nothing goes wrong any more. */
const LAST_DEED = 20 * HOUR;
const CALM = 21 * HOUR;
const END = 26 * HOUR;
/** Between two contacts of a device that has nothing to do, in hours. */
const REST = { least: 6, most: 20 };
/** Where so much is lost, the server need not have heard a device before all is quiet: each comes once more until then. */
const LOSSY_END = CALM + (REST.most + 1) * HOUR;
/** What a last contact has begun goes on for so long. */
const LAST_WORDS = 10 * MINUTE;
/** Between two looks for messages that may be sent. */
const SENDING = 2 * SECOND;
/** Timers of the server are late, half of them by a little, as those of a busy machine are. */
const LITTLE_LATE = 3 * SECOND;
const VERY_LATE = 2 * MINUTE;
/** Events so close together happen at the same time, so many of them at most. */
const TOGETHER = 32;

const calm: Odds = { lost: 0, unanswered: 0, twice: 0, late: 0, cut: 0 };
const rough: Odds = { lost: 0.03, unanswered: 0.03, twice: 0.03, late: 0.03, cut: 0.1 };
const stormy: Odds = { lost: 0.12, unanswered: 0.12, twice: 0.12, late: 0.12, cut: 0.35 };
const jumps = [-DAY, -HOUR, -5 * MINUTE, 5 * MINUTE, HOUR, DAY];

/** Days on which clocks change, years that leap and the end of 32 bits, among others. */
const mornings = [
  ...['2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2028-02-29', '2026-12-31', '2038-01-19'],
  ...['2026-06-17', '2027-05-03', '2026-11-22'],
];

const planOf = ({ seed, devices, lossy }: DayOptions): FleetPlan => ({
  ...{ seed, devices, prefix: 'd', versions: usualVersions },
  // Of LwM2M devices few are always awake: those that wait for a turn are looked at every ten seconds.
  habits: { ...usualHabits, 'always-on': 0.5 },
  mix: { ddi: 7, gateway: 2, lwm2m: 0.5, 'oma-dm': 0.5 },
  faults: lossy || seed % 3 === 0 ? faultProfiles.harsh : faultProfiles.usual,
});

const deviceIn = (url: string): string => /\bd\d{6}\b/.exec(url)?.[0] ?? '';

/** Plans something now and then until `LAST_DEED`, at intervals that are drawn. */
const nowAndThen = (
  add: (at: number, run: () => Promise<void>) => void,
  chance: Chance,
  every: number,
  run: () => Promise<void>,
): number => {
  let count = 0;
  for (let at = chance.below(every); at < LAST_DEED; at += every / 2 + chance.below(every)) {
    add(at, run);
    count += 1;
  }
  return count;
};

/** A day of a server and its devices, the same for the same seed; it ends with some quiet hours. */
export const simulateDay = async (options: DayOptions): Promise<Day> => {
  const { seed, devices, lossy, defect } = options;
  const end = lossy ? LOSSY_END : END;
  const began = performance.now();
  const chance = chanceOf(seed, 'day');
  const start = Date.parse(`${chance.pick(mornings)}T00:00:00Z`) + chance.below(DAY);
  const agenda = createAgenda();
  const problems: string[] = [];
  const problem = (what: string): void => void problems.push(what);
  let [elapsed, offset, restarts, isRough] = [0, 0, 0, false];
  let fleet: SimulatedFleet | undefined;
  const now = (): number => start + Math.floor(elapsed);
  const clock = (): number => now() + offset;
  const later = (milliseconds: number, run: () => Promise<void>): void =>
    agenda.add(elapsed + milliseconds, run);

  let isWoken = false;
  const work = async (which: 'all' | 'woken' = 'all'): Promise<void> => {
    const { life, work: run } = machine.now();
    if (!life.isOver()) await Promise.race([run(which), life.end]);
  };
  const wake = (): void => {
    if (isWoken) return;
    isWoken = true;
    later(chance.happens(0.2) ? chance.below(2 * SECOND) : chance.below(10 * MINUTE), async () => {
      isWoken = false;
      await work('woken');
    });
  };

  const after = (run: () => void, milliseconds: number): (() => void) => {
    let isOff = false;
    later(milliseconds, async () => {
      if (!isOff) run();
    });
    return () => {
      isOff = true;
    };
  };
  const told = createTold(chanceOf(seed, 'receiver'), () => elapsed);
  const faults: Faults = { lost: 0, unanswered: 0, twice: 0, late: 0, cut: 0 };
  const odds = (): Odds => (isRough ? (lossy ? stormy : rough) : calm);
  const timers = chanceOf(seed, 'timers');
  const air = createAir({ chance: chanceOf(seed, 'air'), odds, faults, later });
  const machine = await startMachine({
    ...{ seed, clock, wake, problem, elapsed: () => elapsed, push: told.receiver.push },
    ...(defect !== undefined && { defect: defects[defect] }),
    air: (life) => air.transport(life),
    later: (run, milliseconds) =>
      after(run, milliseconds + timers.below(timers.happens(0.5) ? LITTLE_LATE : VERY_LATE)),
  });
  const network = createNetwork({
    ...{ chance: chanceOf(seed, 'network'), now: machine.now, later, problem, faults, odds },
    newest: (url) => {
      const device = deviceIn(url);
      const before = fleet?.attemptsOf(device);
      return () => fleet?.attemptsOf(device) === before;
    },
  });

  const restart = async (): Promise<void> => {
    restarts += 1;
    await machine.restart();
  };
  /** Everything that is due happens, and a process that died over it is replaced. */
  const happen = async (until: number): Promise<void> => {
    elapsed = Math.max(elapsed, agenda.next());
    const gathered = Math.min(
      until,
      elapsed + chance.below(chance.happens(0.25) ? 30 * SECOND : 10 * MINUTE),
    );
    await Promise.all(agenda.take(gathered, TOGETHER).map(({ run }) => run()));
    await machine.now().settle();
    if (machine.now().life.isOver()) {
      elapsed += chance.below(2 * MINUTE);
      await restart();
    }
  };
  const watch = createWatch(machine.database);
  let looked = 0;
  const live = async (until: number): Promise<void> => {
    while (agenda.next() <= until) {
      await happen(until);
      looked += 1;
      if (looked % 64 === 0)
        for (const seen of watch.look()) problem(`at ${new Date(now()).toISOString()}: ${seen}`);
      if (problems.length > 20) return;
    }
    elapsed = Math.max(elapsed, until);
  };

  try {
    const open = createClient({ url: SERVER, fetch: network.fetch });
    const session = await open.signIn({ body: { email: 'admin@localhost', password: adminPassword } });
    const signedIn = createClient({ url: SERVER, fetch: network.fetch, token: session.token });
    // A session would not outlast the day.
    const { token } = await signedIn.createToken({ body: { name: 'operator' } });
    const client = createClient({ url: SERVER, fetch: network.fetch, token });
    const plan = planOf(options);
    const enrolled = await enrolFleet(client, plan, { key: `key ${seed}` });
    await told.subscribe(client);
    fleet = createFleet({
      ...{ plan, enrolled, server: SERVER, http: network.http, now, problem, fetch: network.fetch },
      lwm2m: {
        later: (milliseconds, run) => after(run, milliseconds),
        open: openEndpoint(air, (milliseconds, run) => after(run, milliseconds)),
        fetch: fetching(air, network),
      },
      agenda: {
        ...agenda,
        add: (at, run) => {
          if (at - start < end) agenda.add(at - start, run);
        },
      },
      rest: REST,
    });
    fleet.begin();
    const operator = createOperator({ client, plan, clock, problem, chance: chanceOf(seed, 'operator') });
    const { launch, interfere } = operator;
    const trouble = (): number => {
      agenda.add(MINUTE, launch);
      nowAndThen(agenda.add, chance, 3 * HOUR, launch);
      nowAndThen(agenda.add, chance, 30 * MINUTE, interfere);
      nowAndThen(agenda.add, chance, 6 * HOUR, async () =>
        machine.now().life.dieAt(chance.from(1, 200), chance.pick(['before', 'after'] as const)),
      );
      return nowAndThen(agenda.add, chance, 10 * HOUR, async () => {
        offset = offset === 0 ? chance.pick(jumps) : 0;
      });
    };
    isRough = true;
    const jumped = lossy ? 0 : trouble();
    if (lossy) agenda.add(MINUTE, operator.launchForAll);
    for (let at = 0; at < end; at += 2 * MINUTE + chance.below(12 * MINUTE)) agenda.add(at, () => work());
    agenda.add(CALM, async () => {
      isRough = false;
    });
    await live(end + LAST_WORDS);
    await told.settle(async (until) => {
      for (; elapsed < until; elapsed += 2 * HOUR) {
        await work();
        // A receiver that is there again has room for the next message as soon as it took one.
        for (; isWoken && elapsed < until; elapsed += SENDING) {
          isWoken = false;
          await work('woken');
        }
      }
    });
    const truths = fleet.truths();
    const examined = await examine(machine.now().store, client, truths);
    problems.push(...watch.look(), ...examined.problems, ...(await told.wrong(machine.now().store)));
    return {
      ...examined,
      ...{ seed, devices, restarts, problems, jumps: jumped, faults, datagrams: air.datagrams() },
      ...{ requests: network.requests(), deliveries: told.receiver.taken.length },
      ...{ simulated: elapsed, took: performance.now() - began },
    };
  } finally {
    watch.close();
    await machine.stop();
  }
};
