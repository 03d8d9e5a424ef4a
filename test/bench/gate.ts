import { askGate, type GateQuestion } from '../../src/domain/gate.ts';
import { defaultPlan, type Plan, type Timing, type Window } from '../../src/domain/plan.ts';
import { nobodyAhead } from '../../src/domain/queue.ts';
import { newProgress } from '../../src/domain/rollout.ts';
import { HOUR, MINUTE } from '../../src/domain/time.ts';
import { newUpdate } from '../../src/domain/update.ts';
import { atLeast, type Bench } from './bench.ts';
import { median } from './statistics.ts';

const GOAL = 1_000_000;
const BATCH = 20_000;
const START = Date.UTC(2026, 9, 1);

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const workdays = [1, 2, 3, 4, 5];

const windows = (zone: Window['zone']): readonly Window[] => [
  { days: workdays, from: 22 * 60, to: 4 * 60, zone },
  { days: [6, 7], from: 60, to: 5 * 60, zone },
];

const timing = (zone: Window['zone'], spread = 0): Timing => ({
  notBefore: null,
  windows: windows(zone),
  spread,
});

const waves: Partial<Plan> = {
  rollout: {
    by: 'waves',
    waves: [
      { name: '', size: { by: 'percent', percent: 5 }, success: 95, soak: HOUR, manual: false },
      { name: '', size: { by: 'percent', percent: 20 }, success: 95, soak: HOUR, manual: false },
    ],
  },
  budgets: [{ attribute: 'site', most: 3 }],
  concurrency: 1000,
};

/** Questions about devices in different places, as many as there are zones times positions. */
const questionsFor = (plan: Plan): readonly GateQuestion[] =>
  Array.from({ length: 1000 }, (_, index) => ({
    campaign: {
      id: 'campaign',
      status: 'running',
      startAt: null,
      plan,
      progress: newProgress(START),
    },
    freezes: [],
    deviceId: `device-${index}`,
    update: { ...newUpdate(START), position: index % 3 === 0 ? 'download-complete' : 'inventoried' },
    standing: { wave: index % 3, scopes: ['', `wave/${index % 3}`, `attributes.site/${index % 50}`] },
    checkpoint: false,
    zone: zones[index % zones.length] ?? 'UTC',
    tallies: new Map([['', { 'in-progress': 999 }]]),
    together: index % 2 === 0,
    ahead: nobodyAhead,
    empty: false,
  }));

const WEEKS = 12 * 7 * 24 * 60;

/** Evaluations per second, one round of so many seconds; the clock of the questions goes round in twelve weeks. */
const rate = (questions: readonly GateQuestion[], seconds: number): number => {
  const begun = performance.now();
  let asked = 0;
  let open = 0;
  let took = 0;
  while (took < seconds * 1000) {
    for (let index = 0; index < BATCH; index += 1) {
      const question = questions[index % questions.length];
      const now = START + (asked % WEEKS) * MINUTE;
      if (question !== undefined && askGate(question, now).open) open += 1;
      asked += 1;
    }
    took = performance.now() - begun;
  }
  if (open === 0) throw new Error('the gate was never open');
  return (asked / took) * 1000;
};

const plans: readonly (readonly [name: string, Partial<Plan>])[] = [
  ['two windows in UTC', { download: timing('utc'), install: timing('utc') }],
  ['two windows in device zones', { download: timing('device'), install: timing('device') }],
  ['two windows, spread', { download: timing('device', 2 * HOUR), install: timing('device', HOUR) }],
  ['two windows, waves, budgets', { download: timing('utc'), install: timing('utc'), ...waves }],
];

/** The gate alone, on one core. */
export const benchGate = async ({ options, tell }: Bench): Promise<void> => {
  for (const [name, part] of plans) {
    const questions = questionsFor({ ...defaultPlan, ...part });
    rate(questions, Math.min(0.5, options.seconds));
    const rounds = Array.from({ length: options.rounds }, () => rate(questions, options.seconds));
    const value = median(rounds);
    tell({ name: `gate, ${name}`, value, unit: 'evaluations/s', goal: atLeast(GOAL, value, '>= 1,000,000') });
  }
};
