import { parseArgs } from 'node:util';
import { wholeNumber } from '../options.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { type Day, simulateDay } from './day.ts';
import { type Simulated, simulateDays } from './days.ts';

const sum = (days: readonly Day[], of: (day: Day) => number): number =>
  days.reduce((total, day) => total + of(day), 0);

const count = (number: number): string => number.toLocaleString('en');

/** Why a day is no good; empty where it is. */
export const problemsOf = (simulated: Simulated): readonly string[] =>
  'error' in simulated ? [simulated.error] : simulated.day.problems;

/** Sums of many days in words, and whether all of them were good. */
export const resultOf = (all: readonly Simulated[], seconds: number): Pick<Finding, 'result' | 'pass'> => {
  const days = all.flatMap((one) => ('day' in one ? [one.day] : []));
  const bad = all.filter((one) => problemsOf(one).length > 0);
  const faults = sum(
    days,
    (day) => Object.values(day.faults).reduce((a, b) => a + b, 0) + day.restarts + day.jumps,
  );
  const factor = sum(days, ({ simulated }) => simulated) / 1_000 / seconds;
  const [devices] = days.map((day) => day.devices);
  return {
    pass: bad.length === 0,
    result: [
      `${count(bad.length)} of ${count(all.length)} days with violations, ${count(devices ?? 0)} devices each`,
      `${count(sum(days, ({ updates }) => updates))} updates`,
      `${count(sum(days, ({ requests }) => requests))} requests`,
      `${count(faults)} faults, of them ${count(sum(days, ({ restarts }) => restarts))} restarts`,
      `${count(Math.round(factor))} times as fast as time`,
    ].join(', '),
  };
};

const replay = (seed: number, devices: number): string =>
  `npm run endurance -- simulation --seed ${seed} --seeds 1 --devices ${devices}`;

const tell = (simulated: Simulated): void => {
  const { seed, devices } = simulated.options;
  for (const problem of problemsOf(simulated)) console.log(`seed ${seed}: ${problem}`);
  if (problemsOf(simulated).length > 0) console.log(`again: ${replay(seed, devices)}`);
};

async function* run(args: readonly string[]): AsyncGenerator<Finding> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seed: text, seeds: text, devices: text, processes: text },
  });
  const first = wholeNumber('seed', values.seed ?? '1');
  const seeds = wholeNumber('seeds', values.seeds ?? '1000');
  const devices = wholeNumber('devices', values.devices ?? '1000');
  const days = Array.from({ length: seeds }, (_, at) => ({ seed: first + at, devices }));
  const all: Simulated[] = [];
  const began = performance.now();
  const processes = values.processes === undefined ? undefined : wholeNumber('processes', values.processes);
  await simulateDays(
    days,
    (simulated) => {
      all.push(simulated);
      tell(simulated);
      if (all.length % 25 === 0) console.log(resultOf(all, (performance.now() - began) / 1_000).result);
    },
    processes,
  );
  yield { id: 'R-11', seed: first, ...resultOf(all, (performance.now() - began) / 1_000) };
}

/** Days of a server and its devices in virtual time, each from a seed of its own. */
export const simulation: Scenario = {
  usage:
    '[--seeds 1000] [--seed 1] [--devices 1000] [--processes n]   simulated days, spread over the processors',
  run,
};

async function* runLossy(args: readonly string[]): AsyncGenerator<Finding> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { seed: text, devices: text } });
  const seed = wholeNumber('seed', values.seed ?? '1');
  const devices = wholeNumber('devices', values.devices ?? '100000');
  yield await lossyFinding(seed, devices);
}

/** What became of a campaign for so many devices, most of which had to say things more than once. */
export const lossyFinding = async (seed: number, devices: number): Promise<Finding> => {
  const { outcomes, problems, requests, faults } = await simulateDay({ seed, devices, lossy: true });
  for (const problem of problems) console.log(problem);
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, number]) => `${count(number)} ${name}`)
      .join(', ');
  return {
    ...{ id: 'R-19', part: `${count(devices)} devices`, seed, pass: problems.length === 0 },
    result: `${problems.length} differences; ${counts(outcomes)}; ${count(requests)} requests; messages ${counts(faults)}`,
  };
};

/** A campaign over a network that loses and repeats. */
export const lossy: Scenario = {
  usage:
    '[--devices 100000] [--seed 1]   a campaign over a network that loses and repeats; totals against the truth',
  run: runLossy,
};
