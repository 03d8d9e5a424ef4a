import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { addAllDevices, createCampaign } from '../../bench/campaign.ts';
import { addDdiDevices, deploymentOf, deviceBase, deviceHeaders, said } from '../../bench/ddi.ts';
import { type Generator, startGenerator } from '../../bench/load.ts';
import { type Session, signIn } from '../../bench/muster.ts';
import type { Traffic } from '../../bench/traffic.ts';
import { type Life, startLife } from '../life.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { newPlace } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';

const DEVICES = 2_000;
const CONNECTIONS = 8;
/** Milliseconds between a reply and the next request of its connection: about a third of what the server could do. */
const PAUSE = 4;
/** Minutes of a soak; a shorter one tells little of what grows. */
const WHOLE = 60;
/** What the memory may grow by in an hour, and how many handles more there may be at the end. */
const GROWTH = 16;
const HANDLES = 10;

/** Memory in MiB: its own, and what it sees of files, which the system takes back whenever it needs it. */
type Sample = {
  readonly hours: number;
  readonly memory: number;
  readonly mapped: number;
  readonly handles: number;
};

const sampleOf = ({ pid }: Life, began: number): Sample => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  const handles = readdirSync(`/proc/${pid}/fd`).length;
  return {
    hours: (performance.now() - began) / 3_600_000,
    ...{ memory: mebibytes('RssAnon'), mapped: mebibytes('RssFile'), handles },
  };
};

/** In how many parts a soak is looked at. */
const PARTS = 20;

/** The least of each part: what is above it is garbage that nobody has collected yet. */
const floorsOf = (samples: readonly Sample[]): readonly Sample[] => {
  const size = Math.max(1, Math.ceil(samples.length / PARTS));
  const parts = Array.from({ length: Math.ceil(samples.length / size) }, (_, part) =>
    samples.slice(part * size, (part + 1) * size),
  );
  return parts.flatMap((part) => part.toSorted((a, b) => a.memory - b.memory).slice(0, 1));
};

/** MiB an hour: the slope of the line through the samples (least squares). */
const slopeOf = (samples: readonly Sample[]): number => {
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const [hours, memory] = [mean((sample) => sample.hours), mean((sample) => sample.memory)];
  const sum = (pick: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + pick(sample), 0);
  const across = sum((sample) => (sample.hours - hours) * (sample.memory - memory));
  return across / sum((sample) => (sample.hours - hours) ** 2);
};

/** One campaign over all: everybody asks, reports, and is done. */
const round = async (generator: Generator, muster: Session, version: number): Promise<void> => {
  const campaign = await createCampaign(muster, version);
  await addAllDevices(muster, campaign);
  await muster.call('POST', `/campaigns/${campaign}/start?confirm=true`);
  const traffic = (what: Pick<Traffic, 'method' | 'path' | 'bodies'>): Traffic => ({
    ...{
      url: muster.url,
      headers: deviceHeaders,
      connections: CONNECTIONS,
      pause: PAUSE,
      order: 'once',
      ...what,
    },
    numbers: { from: 0, to: DEVICES },
  });
  const polls = traffic({ method: 'GET', path: deviceBase, bodies: [] });
  await generator.run(polls, Number.POSITIVE_INFINITY);
  const action = /deploymentBase\/(\d+)/.exec(await deploymentOf(muster, 0))?.[1];
  const path = `${deviceBase}/deploymentBase/${action}/feedback`;
  await generator.run(traffic({ method: 'POST', path, bodies: said }), Number.POSITIVE_INFINITY);
  await generator.run(polls, Number.POSITIVE_INFINITY);
};

/** Campaigns one after the other for so many minutes; the first fifth is for the memory to find its size. */
export const soakFor = async (
  engine: EngineName,
  postgres: string | undefined,
  minutes: number,
): Promise<Finding> => {
  const place = await newPlace(postgres);
  const generator = startGenerator();
  try {
    await addDdiDevices(
      { directory: place.env['MUSTER_DATA'] ?? '', databaseUrl: place.databaseUrl },
      DEVICES,
    );
    const life = await startLife(place);
    const muster = await signIn(place.url);
    const began = performance.now();
    const samples: Sample[] = [];
    let over = false;
    const sampling = (async () => {
      while (!over) {
        await sleep(1_000);
        samples.push(sampleOf(life, began));
      }
    })();
    let rounds = 0;
    while (performance.now() - began < minutes * 60_000) {
      await round(generator, muster, 2 + rounds);
      rounds += 1;
    }
    over = true;
    await sampling;
    const complaints = life.complaints.length;
    await life.stop();
    const settled = floorsOf(samples.slice(Math.floor(samples.length / 5)));
    const slope = slopeOf(settled);
    const [first, last] = [settled[0], settled.at(-1)];
    const more = (last?.handles ?? 0) - (first?.handles ?? 0);
    const [memory, mapped] = (['memory', 'mapped'] as const).map((what) =>
      [first, last].map((sample) => Math.round(sample?.[what] ?? 0)).join(' to '),
    );
    const result = `${minutes} min, ${rounds} campaigns of ${DEVICES} devices: ${memory} MiB, ${slope.toFixed(1)} MiB/h, beside files of ${mapped} MiB; handles ${more < 0 ? '' : '+'}${more}; ${complaints} errors`;
    const pass = slope < GROWTH && more <= HANDLES && complaints === 0;
    const part = minutes < WHOLE ? `${engine}, a trial` : engine;
    return { id: 'R-25', part, result, pass, seed: null };
  } finally {
    generator.close();
    await place.remove();
  }
};

/** hours of load. */
export const soak: Scenario = {
  usage: '--minutes 60 --engine sqlite   campaign after campaign; memory and handles stay flat',
  run: (args) => {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...args], options: { minutes: text, engine: text } });
    const minutes = wholeNumber('minutes', values.minutes ?? '60');
    return onEach(enginesOf(values.engine), async (engine, postgres) => [
      await soakFor(engine, postgres, minutes),
    ]);
  },
};
