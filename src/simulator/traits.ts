import { between, draw, pick } from './draw.ts';
import type { Faults, Mix, ProtocolName } from './profile.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When a device makes contact by itself; all times are those of the simulated world, in milliseconds. */
export type Habit =
  /** Every so often, and nearly at once. */
  | { readonly kind: 'interval' | 'always-on'; readonly every: number }
  /** Every so often between 22:00 and 06:00 of its own zone. */
  | { readonly kind: 'night'; readonly every: number }
  /** Once in a week, at its own time. */
  | { readonly kind: 'weekly'; readonly at: number };
export type HabitName = Habit['kind'];

/** What a device is and will stay. It is never kept: it is drawn again whenever it is needed. */
export type Traits = {
  readonly protocol: ProtocolName;
  readonly make: string;
  readonly model: string;
  readonly site: string;
  readonly timeZone: string;
  /** The version that it runs at first. */
  readonly version: string;
  readonly habit: Habit;
  /** Bytes in a second of the simulated world. */
  readonly linkSpeed: number;
  /** How long an installation takes. */
  readonly installTime: number;
  readonly flaps: boolean;
  /** By how much its clock is off. */
  readonly clockSkew: number;
};

/** What the drawing of a fleet follows from. */
export type FleetPlan = {
  readonly seed: number;
  readonly devices: number;
  readonly mix: Mix;
  readonly faults: Faults;
  readonly habits: Readonly<Record<HabitName, number>>;
  /** Versions at first, with weights. */
  readonly versions: Readonly<Record<string, number>>;
  /** Ids begin with it. */
  readonly prefix: string;
};

export const usualHabits: FleetPlan['habits'] = { 'always-on': 4, interval: 4, night: 1.5, weekly: 0.5 };
export const usualVersions: FleetPlan['versions'] = { '1.8.2': 3, '1.9.0': 5, '1.9.4': 2 };

const models = { 'GW-1': 4, 'GW-2': 4, 'GW-3': 2 };
const sites: Readonly<Record<string, string>> = {
  berlin: 'Europe/Berlin',
  oslo: 'Europe/Oslo',
  porto: 'Europe/Lisbon',
  denver: 'America/Denver',
  osaka: 'Asia/Tokyo',
};
const siteWeights = { berlin: 4, oslo: 2, porto: 2, denver: 3, osaka: 2 };

const habitOf = (name: HabitName, drawn: number): Habit => {
  switch (name) {
    case 'always-on':
      return { kind: name, every: between(30 * SECOND, 2 * MINUTE, drawn) };
    case 'interval':
      return { kind: name, every: between(5 * MINUTE, HOUR, drawn) };
    case 'night':
      return { kind: name, every: between(10 * MINUTE, HOUR, drawn) };
    case 'weekly':
      return { kind: name, at: drawn * 7 * DAY };
    default:
      return name satisfies never;
  }
};

/** What the device of this number is, from 0; the same for the same plan. */
export const traitsOf = ({ seed, mix, faults, habits, versions }: FleetPlan, index: number): Traits => {
  const drawn = (purpose: string): number => draw(seed, index, purpose);
  const site = pick(siteWeights, drawn('site'));
  return {
    protocol: pick(mix, drawn('protocol')),
    make: 'Acme',
    model: pick(models, drawn('model')),
    site,
    timeZone: sites[site] ?? 'UTC',
    version: pick(versions, drawn('version')),
    habit: habitOf(pick(habits, drawn('habit')), drawn('habit-time')),
    linkSpeed: between(20_000, 20_000_000, drawn('link')),
    installTime: between(20 * SECOND, 10 * MINUTE, drawn('install')),
    flaps: drawn('flaps') < faults.flapping,
    clockSkew: drawn('skews') < faults.clockSkew ? (drawn('skew') - 0.5) * 730 * DAY : 0,
  };
};

/** The id of a device, by which the server knows it. */
export const idOf = ({ prefix }: Pick<FleetPlan, 'prefix'>, index: number): string =>
  `${prefix}${String(index).padStart(6, '0')}`;
