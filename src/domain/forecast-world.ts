import { type Agenda, newAgenda } from './agenda.ts';
import { type Campaign, type CampaignCommand, decide, evolve, evolveAll } from './campaign.ts';
import type { Outlook, Sample } from './forecast-input.ts';
import { type Ledger, newLedger } from './forecast-ledger.ts';
import { newPools, type Pools } from './forecast-pools.ts';
import { scaledPlan, scaledProgress } from './forecast-scale.ts';
import type { GateRule } from './gate.ts';
import type { Random } from './random.ts';
import { newProgress, waveOf, wavesOf } from './rollout.ts';
import type { Instant } from './time.ts';
import { newUpdate, type Update } from './update.ts';

/** What an entry of an agenda stands for: below zero the campaign, else `device * KINDS` and what the device does. */
export const entries = { CONTACT: 0, REPORT: 1, GO: 2, PACE: -1, WAVE: -2, END: -3, WAKE: -4 } as const;
export const KINDS = 3;

/** A campaign that is being played: one device of `samples` stands for `scale`. */
export type World = {
  readonly outlook: Outlook;
  readonly samples: readonly Sample[];
  readonly scale: number;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly pools: Pools;
  readonly updates: Update[];
  /** Why a device that waits is not let in, by its index. */
  readonly blocks: Map<number, GateRule>;
  /** Devices that wait for a wave, by the number of that. */
  readonly waves: Map<number, number[]>;
  /** When each wave opened. */
  readonly opened: Map<number, Instant>;
  /** Rules that fired, by number, with the first time. */
  readonly tripped: Map<number, Instant>;
  /** When downloads began, and when they were over. */
  readonly fetches: { readonly begun: number[]; readonly over: number[] };
  campaign: Campaign;
  now: Instant;
  /** The instant of the next call for a pace; `null` when nobody waits for one. */
  paceAt: Instant | null;
  isOver: boolean;
};

/** As it is while it runs, whatever it is now: a forecast answers what follows from a start. */
const runningFrom = (outlook: Outlook, scale: number): Campaign => {
  const { campaign, from } = outlook;
  const plan = scaledPlan(campaign.plan, scale);
  const started = evolve({ ...campaign, plan }, { type: 'campaign-started' }, from);
  if (started.status !== 'running') return started;
  return { ...started, progress: scaledProgress(started.progress, scale) };
};

/** Devices looked at between two turns of others. */
const PIECE = 2_000;

/** Sets the scene, in pieces. */
export const newForecastWorld = function* (
  outlook: Outlook,
  samples: readonly Sample[],
  scale: number,
  random: Random,
): Generator<undefined, World> {
  const world: World = {
    ...{ outlook, samples, scale, random, agenda: newAgenda(samples.length + 16), ledger: newLedger() },
    ...{ pools: newPools(random), updates: [] },
    ...{ blocks: new Map(), waves: new Map(), opened: new Map(), tripped: new Map() },
    fetches: { begun: [], over: [] },
    campaign: runningFrom(outlook, scale),
    ...{ now: outlook.from, paceAt: null, isOver: false },
  };
  const sizes = wavesOf(world.campaign.plan.rollout).map(() => 0);
  for (const [index, sample] of samples.entries()) {
    const update = sample.update ?? newUpdate(outlook.from);
    world.updates.push(update);
    world.ledger.load(update, outlook.from);
    countIn(sizes, world, sample, update);
    if (index % PIECE === 0) yield undefined;
  }
  command(world, { type: 'size-waves', sizes });
  return world;
};

/** Counts a device in its wave: that in which it was let in, or in which it would be. */
const countIn = (sizes: number[], { campaign }: World, { device }: Sample, update: Update): void => {
  const { admission, status } = update;
  if (sizes.length === 0 || (admission === null && status === 'closed')) return;
  const sizeOf = (wave: number): number => sizes[wave] ?? 0;
  const { id, plan } = campaign;
  const wave = admission === null ? waveOf(plan.rollout, id, device, sizeOf) : admission.wave;
  if (wave !== null && wave < sizes.length) sizes[wave] = sizeOf(wave) + 1;
};

/** What the campaign makes of a command; what it refuses changes nothing. */
export const command = (world: World, given: CampaignCommand): void => {
  const decided = decide(world.campaign, given, world.now);
  if (decided.ok) world.campaign = evolveAll(world.campaign, decided.value, world.now);
};

export const progressOf = ({ campaign, outlook }: World) =>
  'progress' in campaign ? campaign.progress : newProgress(outlook.from);
