import type { CampaignStatus } from '../../src/domain/campaign.ts';
import type { GateQuestion } from '../../src/domain/gate.ts';
import { defaultPlan, type Plan, type Timing, type Window } from '../../src/domain/plan.ts';
import type { Position } from '../../src/domain/position.ts';
import { nobodyAhead } from '../../src/domain/queue.ts';
import { newProgress, type Progress, type Rollout } from '../../src/domain/rollout.ts';
import { placeOf } from '../../src/domain/share.ts';
import type { Admission, Tallies } from '../../src/domain/tally.ts';
import { HOUR, MINUTE } from '../../src/domain/time.ts';

/** Wednesday, noon in UTC. */
export const now = Temporal.Instant.from('2026-06-17T12:00Z').epochMilliseconds;

export const deviceId = 'device-7';

/** What a question to the gate differs in from one that finds it open. */
export type Given = {
  readonly status?: CampaignStatus;
  readonly startAt?: number | null;
  readonly plan?: Partial<Plan>;
  readonly position?: Position;
  readonly notBefore?: number;
  readonly slots?: GateQuestion['update']['slots'];
  readonly checkpoint?: boolean;
  readonly zone?: string;
  readonly inProgress?: number;
  readonly tallies?: Readonly<Record<string, Tallies>>;
  readonly standing?: Admission;
  readonly admission?: Admission | null;
  readonly progress?: Partial<Progress> | undefined;
  readonly freezes?: GateQuestion['freezes'];
  readonly together?: boolean;
  readonly empty?: boolean;
  readonly ahead?: GateQuestion['ahead'];
};

export const question = (given: Given): GateQuestion => ({
  campaign: {
    id: 'c',
    status: given.status ?? 'running',
    startAt: given.startAt ?? null,
    plan: { ...defaultPlan, ...given.plan },
    progress: given.progress === undefined ? null : { ...newProgress(now), ...given.progress },
  },
  freezes: given.freezes ?? [],
  deviceId,
  standing: given.standing ?? { wave: null, scopes: [''] },
  update: {
    status: 'open',
    position: given.position ?? 'inventoried',
    since: now - HOUR,
    attempt: 1,
    notBefore: given.notBefore ?? 0,
    slots: given.slots ?? {},
    packages: null,
    generation: 1,
    admission: given.admission ?? null,
    recall: null,
    queue: 'none',
  },
  checkpoint: given.checkpoint ?? false,
  zone: given.zone ?? 'UTC',
  tallies: new Map(Object.entries({ '': { 'in-progress': given.inProgress ?? 0 }, ...given.tallies })),
  together: given.together ?? false,
  empty: given.empty ?? false,
  ahead: given.ahead ?? nobodyAhead,
});

export const after = (notBefore: number, spread = 0): Timing => ({ notBefore, windows: [], spread });
export const within = (from: number, to: number, zone: Window['zone'] = 'utc'): Timing => ({
  notBefore: null,
  windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: from * 60, to: to * 60, zone }],
  spread: 0,
});
export const spread = (timing: Timing, over: number): Timing => ({ ...timing, spread: over });

/** So far into a span of this length is the turn of the device. */
export const share = placeOf('c/spread', deviceId);
export const turn = (length: number): number => Math.floor(share * length);

export const ramp: Rollout = { by: 'ramp', perMinute: 60, factor: 2, every: 10, most: 90 };
export const minute = `minute/${now / MINUTE}`;
const pilot = { name: 'pilot', size: { by: 'percent', percent: 5 }, success: 90, soak: HOUR } as const;
export const waves = (manual: boolean): Partial<Plan> => ({
  rollout: {
    by: 'waves',
    waves: [
      { ...pilot, manual },
      { ...pilot, manual },
    ],
  },
});
export const inWave = (wave: number): Admission => ({
  wave,
  scopes: ['', `wave/${wave}`, 'attributes.site/north'],
});
export const site: Partial<Plan> = { budgets: [{ attribute: 'site', most: 2 }] };
export const queued = (plan: Partial<Plan> = {}): Partial<Plan> => ({
  order: 'first-in-first-out',
  concurrency: 5,
  ...plan,
});
/** So many in all, and so many of the site north. */
export const ahead = (campaign: number, north = 0): GateQuestion['ahead'] => ({
  campaign,
  budgets: new Map([['attributes.site/north', north]]),
});
export const freeze = (from: number, to: number) => ({ name: 'quiet', from: now + from, to: now + to });
