import { allowance, standingOf, startedInMinute } from './admission.ts';
import { checkWave } from './forecast-waves.ts';
import { entries, KINDS, progressOf, type World } from './forecast-world.ts';
import type { GateAnswer, GateRule, Shut } from './gate.ts';
import { nextStart, rateOf } from './rollout.ts';
import { countOf, scopeOfAttribute } from './tally.ts';
import { HOUR, type Instant, SECOND } from './time.ts';
import type { Update } from './update.ts';

const { CONTACT, GO, PACE, WAVE, WAKE } = entries;

/** The first time that a device comes, by its habit, at or after an instant. */
export const comeAgain = (world: World, device: number, at: Instant): void => {
  const sample = world.samples[device];
  if (sample === undefined) return;
  const { nextContact, interval } = sample;
  const missed = Math.max(0, Math.ceil((at - nextContact) / interval));
  world.agenda.add(nextContact + missed * interval, device * KINDS + CONTACT);
};

/** Nothing that is played ever changes these. */
const final: readonly GateRule[] = ['campaign-status', 'campaign-end', 'held', 'packages'];

/** Puts a device that was not let in where what it waits for will find it. */
export const wait = (world: World, device: number, update: Update, gate: GateAnswer | undefined): void => {
  if (gate === undefined || gate.open || update.status === 'closed') return;
  const { reasons } = gate;
  const block = blockOf(reasons, world.now);
  if (block === undefined) {
    comeAgain(world, device, world.now + SECOND);
    return;
  }
  world.blocks.set(device, block.rule);
  if (block.until !== null && block.rule !== 'pace') awaitClock(world, device, block.rule, block.until);
  else awaitOthers(world, device, update, block);
};

const awaitOthers = (world: World, device: number, update: Update, { rule, until }: Shut): void => {
  if (rule === 'approval') awaitGo(world, device);
  else if (rule === 'wave') awaitWave(world, device, update);
  else if (!final.includes(rule)) {
    const key = rule === 'budget' ? budgetKey(world, device, update) : rule;
    world.pools.add(key, world.samples[device]?.device.timeZone ?? '', device);
    if (rule === 'pace') awaitPace(world, until ?? world.now + SECOND);
  }
};

/** What a device waits for first: what never changes, then the clock, then what others do. */
const blockOf = (reasons: readonly Shut[], now: Instant): Shut | undefined => {
  const never = reasons.find(({ rule, until }) => until === null && final.includes(rule));
  if (never !== undefined) return never;
  const byClock = reasons.filter(({ rule, until }) => until !== null && until > now && rule !== 'pace');
  const last = byClock.reduce<Shut | undefined>(
    (latest, one) => (latest === undefined || (one.until ?? 0) > (latest.until ?? 0) ? one : latest),
    undefined,
  );
  const byOthers = reasons.filter(({ rule, until }) => until === null || rule === 'pace');
  return last ?? byOthers.find(({ rule }) => rule !== 'pace') ?? byOthers[0];
};

/** Hours that are shut for one device of a zone are shut for all of it, where they are not spread. */
const areShared = ({ campaign: { plan } }: World, rule: GateRule): boolean =>
  rule === 'freeze' ||
  rule === 'not-before' ||
  (rule === 'window' && plan.download.spread === 0 && plan.install.spread === 0);

const awaitClock = (world: World, device: number, rule: GateRule, until: Instant): void => {
  comeAgain(world, device, until);
  const zone = world.samples[device]?.device.timeZone ?? '';
  if (!areShared(world, rule) || until - world.now < HOUR) return;
  if (world.pools.sleep(zone, until)) world.agenda.add(until, WAKE);
};

const awaitGo = ({ outlook, now, agenda }: World, device: number): void => {
  const { approval } = outlook.assumptions;
  if (approval !== null) agenda.add(now + approval, device * KINDS + GO);
};

const awaitWave = (world: World, device: number, update: Update): void => {
  const sample = world.samples[device];
  if (sample === undefined) return;
  const { wave } = standingOf(world.campaign, update, sample.device, world.ledger.tallies);
  const waiting = world.waves.get(wave ?? 0);
  if (waiting === undefined) world.waves.set(wave ?? 0, [device]);
  else waiting.push(device);
};

/** The first of its budgets that is spent. */
const budgetKey = ({ campaign, samples, ledger }: World, device: number, update: Update): string => {
  const sample = samples[device];
  if (sample === undefined) return '';
  const standing = standingOf(campaign, update, sample.device, ledger.tallies);
  for (const { attribute, most } of campaign.plan.budgets) {
    const scope = scopeOfAttribute(standing, attribute);
    if (scope !== undefined && countOf(ledger.tallies, scope, 'in-progress') >= most) return scope;
  }
  return '';
};

const awaitPace = (world: World, at: Instant): void => {
  if (world.paceAt !== null) return;
  world.paceAt = Math.max(at, world.now + 1);
  world.agenda.add(world.paceAt, PACE);
};

/** Calls those that a ramp lets in now, and comes back for the next. */
export const callForPace = (world: World): void => {
  callFrom(world, 'pace');
  const { plan } = world.campaign;
  if (plan.rollout.by !== 'ramp' || !world.pools.hasAwake('pace', world.now)) return;
  const { tallies } = world.ledger;
  const taken = startedInMinute(tallies, world.now) + world.pools.called('pace');
  awaitPace(world, nextStart(rateOf(plan.rollout, countOf(tallies, '', 'succeeded')), taken, world.now));
};

/** How many more a pool may let in now. */
const roomIn = ({ campaign: { plan }, ledger: { tallies }, now }: World, key: string): number => {
  if (key === 'pace') return (allowance(plan, tallies, now) ?? 0) - startedInMinute(tallies, now);
  if (key === 'concurrency') return (plan.concurrency ?? 0) - countOf(tallies, '', 'in-progress');
  const budget = plan.budgets.find(({ attribute }) => key.startsWith(`attributes.${attribute}/`));
  return (budget?.most ?? 0) - countOf(tallies, key, 'in-progress');
};

/** Calls as many from a pool as there is room for. */
export const callFrom = (world: World, key: string): void => {
  const { pools, samples, agenda, now } = world;
  const intervalOf = (device: number): number => samples[device]?.interval ?? HOUR;
  if (!pools.hasAwake(key, now)) return;
  for (let room = roomIn(world, key) - pools.called(key); room > 0; room -= 1) {
    const next = pools.call(key, now, intervalOf);
    if (next === undefined) return;
    agenda.add(next.at, next.device * KINDS + CONTACT);
  }
};

/** A place was given up in each scope of an update. */
export const callNext = (world: World, { admission }: Update): void => {
  callFrom(world, 'concurrency');
  for (const scope of admission?.scopes ?? []) callFrom(world, scope);
};

/** Calls from every pool that waits for places. */
export const callAll = (world: World): void => {
  for (const key of world.pools.keys()) if (key !== 'pace') callFrom(world, key);
};

/** Waves that met their condition open, or will; whoever waited for one comes. */
export const checkWaves = (world: World): void => {
  const opening = checkWave(world);
  if (opening !== null) world.agenda.add(opening, WAVE);
  const { wave } = progressOf(world);
  for (const [number, devices] of world.waves) {
    if (number > wave) continue;
    world.waves.delete(number);
    for (const device of devices) comeAgain(world, device, world.now);
  }
};
