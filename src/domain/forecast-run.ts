import { standingOf } from './admission.ts';
import { type Course, drawFate } from './forecast-fate.ts';
import type { Outlook, Sample } from './forecast-input.ts';
import { callAll, callForPace, callFrom, callNext, checkWaves, comeAgain, wait } from './forecast-wait.ts';
import { isDueFor, openDueWave } from './forecast-waves.ts';
import { command, entries, KINDS, newForecastWorld, progressOf, type World } from './forecast-world.ts';
import { EVERY_STEP, makeContact, type Surroundings } from './journey.ts';
import { nextPhase, type Phase, phaseOf, wasDelivered } from './position.ts';
import { nobodyAhead } from './queue.ts';
import type { Random } from './random.ts';
import { afterFailure } from './retry.ts';
import { firedRules } from './stop-rule.ts';
import type { Instant } from './time.ts';
import { decide, evolveAll, type OpenUpdate, type Update, type UpdateCommand } from './update.ts';

const { REPORT, GO, PACE, WAVE, END, WAKE } = entries;

/** Between two of these a caller may do something else. */
const PIECE = 500;
/** Far more than any device needs; a campaign that takes more is told as unfinished. */
const STEPS_PER_DEVICE = 400;

/** Plays a campaign once, in pieces: a device at a time, as they come. */
export const playRun = function* (
  outlook: Outlook,
  samples: readonly Sample[],
  scale: number,
  random: Random,
): Generator<undefined, World> {
  const world = yield* newForecastWorld(outlook, samples, scale, random);
  const courses: Course[] = [];
  begin(world, courses);
  const most = 10_000 + samples.length * STEPS_PER_DEVICE;
  for (let steps = 1; steps < most && !world.isOver; steps += 1) {
    const next = world.agenda.take();
    if (next === undefined || next.at > outlook.until) break;
    world.now = Math.max(world.now, next.at);
    happen(world, courses, next.what);
    if (steps % PIECE === 0) yield undefined;
  }
  return world;
};

const begin = (world: World, courses: Course[]): void => {
  const { endAt } = world.campaign.plan;
  if (endAt !== null) world.agenda.add(endAt, END);
  for (const [device, update] of world.updates.entries()) {
    const phase = phaseOf(update.position);
    if (update.status === 'closed') continue;
    if (phase?.step === 'running') startPhase(world, courses, device, phase.phase);
    else comeAgain(world, device, world.now);
  }
  if (isDueFor(world)) world.agenda.add(world.now, WAVE);
  checkWaves(world);
};

const happen = (world: World, courses: Course[], what: number): void => {
  switch (what) {
    case PACE:
      world.paceAt = null;
      callForPace(world);
      break;
    case WAVE:
      openDueWave(world);
      checkWaves(world);
      break;
    case WAKE:
      callAll(world);
      callForPace(world);
      break;
    case END:
      world.isOver = true;
      break;
    default:
      deviceDoes(world, courses, Math.floor(what / KINDS), what % KINDS);
  }
};

const deviceDoes = (world: World, courses: Course[], device: number, kind: number): void => {
  const [update, sample] = [world.updates[device], world.samples[device]];
  if (update === undefined || sample === undefined || update.status === 'closed') return;
  if (kind === REPORT) report(world, device, sample, update, courses[device] ?? 'done');
  else if (kind === GO) approve(world, device, update);
  else contact(world, courses, device, sample, update);
};

const contact = (
  world: World,
  courses: Course[],
  device: number,
  sample: Sample,
  update: OpenUpdate,
): void => {
  const calledFrom = world.pools.arrive(device);
  const progressed = makeContact(update, surroundingsOf(world, sample, update), world.now);
  settle(world, device, update, progressed.update);
  if (progressed.due === undefined) wait(world, device, progressed.update, progressed.gate);
  else startPhase(world, courses, device, progressed.due);
  if (calledFrom !== undefined) callFrom(world, calledFrom);
};

const surroundingsOf = (
  { campaign, outlook, ledger }: World,
  { device, agreed, together }: Sample,
  update: Update,
): Surroundings => ({
  campaign,
  packageIds: campaign.plan.packages,
  headless: outlook.headless,
  zone: device.timeZone,
  agreed,
  together,
  deviceId: device.id,
  freezes: outlook.freezes,
  standing: standingOf(campaign, update, device, ledger.tallies),
  tallies: ledger.tallies,
  // Whoever is called has its turn: which of those that wait goes first changes no time of the whole.
  ahead: nobodyAhead,
  steps: EVERY_STEP,
});

const startPhase = (world: World, courses: Course[], device: number, phase: Phase): void => {
  const { outlook, now, fetches, random, campaign } = world;
  const together = world.samples[device]?.together ?? false;
  const bytes = outlook.packages.reduce((sum, { size }) => sum + size, 0);
  const fate = drawFate(outlook.assumptions, { phase, together, bytes }, now, random);
  courses[device] = fate.course;
  if (phase === 'download' && fate.course !== 'silent') {
    fetches.begun.push(now);
    fetches.over.push(fate.fetched);
  }
  const patience = campaign.plan.timeouts[phase];
  if (fate.course !== 'silent') world.agenda.add(fate.at, device * KINDS + REPORT);
  else if (patience !== null) world.agenda.add(now + patience, device * KINDS + REPORT);
};

const report = (world: World, device: number, sample: Sample, update: OpenUpdate, course: Course): void => {
  const after = obey(update, commandFor(world, sample, update, course), world.now);
  settle(world, device, update, after);
  if (after.status === 'closed') return;
  if (after.position === 'resetting') {
    const { durations } = world.outlook.assumptions;
    world.agenda.add(world.now + durations.execution, device * KINDS + REPORT);
  } else comeAgain(world, device, Math.max(world.now, after.notBefore));
};

const obey = (update: OpenUpdate, given: UpdateCommand, now: Instant): Update => {
  const decided = decide(update, given, now);
  return decided.ok ? evolveAll(update, decided.value, now) : update;
};

const commandFor = (
  { campaign, outlook: { resettable }, now }: World,
  { together }: Sample,
  update: OpenUpdate,
  course: Course,
): UpdateCommand => {
  if (update.position === 'resetting') return { type: 'report-reset', step: 'complete' };
  const phase = phaseOf(update.position)?.phase ?? 'download';
  const aftermathOf = (failure: Parameters<typeof afterFailure>[2]) =>
    afterFailure(campaign.plan, update, failure, now);
  switch (course) {
    case 'done':
      return { type: 'report', phase: together ? 'activation' : phase, step: 'complete' };
    case 'silent': {
      const aftermath = aftermathOf({ reason: 'never-seen', resettable: false });
      return { type: 'time-out', reason: 'never-seen', message: '', aftermath };
    }
    default: {
      const reason = course === 'broken' ? 'connection-lost' : 'install-failed';
      const aftermath = aftermathOf({ reason, resettable: resettable && !together });
      return { type: 'report-failure', reason, message: '', aftermath };
    }
  }
};

const approve = (world: World, device: number, update: OpenUpdate): void => {
  const phase = nextPhase(update.position);
  if (phase === undefined) return;
  const slot = { begin: world.now, end: null };
  settle(world, device, update, obey(update, { type: 'schedule', phase, slot }, world.now));
  comeAgain(world, device, world.now);
};

const isBusy = (update: Update): boolean => update.status === 'open' && wasDelivered(update.position);

/** Keeps what became of an update, and lets follow what follows from that. */
const settle = (world: World, device: number, was: Update, is: Update): void => {
  if (was === is) return;
  world.updates[device] = is;
  world.ledger.move(was, is, world.now);
  if (is.status === 'closed') judge(world, is);
  if (isBusy(was) && !isBusy(is)) callNext(world, is);
};

const judge = (world: World, { admission }: Update): void => {
  const { campaign, ledger, tripped } = world;
  if (admission === null) return;
  for (const firing of firedRules(campaign.plan.stopRules, admission, ledger.tallies, progressOf(world))) {
    command(world, { type: 'trip', ...firing });
    if (!tripped.has(firing.rule)) tripped.set(firing.rule, world.now);
  }
  world.isOver = world.campaign.status === 'cancelled';
  checkWaves(world);
};
