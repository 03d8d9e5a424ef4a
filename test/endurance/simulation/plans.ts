import type { CampaignPatch } from '../../../src/wire/muster/campaigns.ts';
import type { Chance } from './chance.ts';

type Plan = Omit<CampaignPatch, 'name' | 'packages' | 'target'>;
type Timing = NonNullable<Plan['download']>;
type Rollout = NonNullable<Plan['rollout']>;
type Rule = NonNullable<Plan['stopRules']>[number];

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const HOURS = 24;
const hourText = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

const windowOf = (chance: Chance): Timing['windows'][number] => {
  const from = chance.below(HOURS);
  const to = (from + chance.from(3, 14)) % HOURS;
  return {
    days: days
      .filter(() => chance.happens(0.9))
      .slice(0, 7)
      .concat('sun')
      .filter((day, at, all) => all.indexOf(day) === at),
    ...{ from: hourText(from), to: hourText(to), zone: chance.pick(['utc', 'device'] as const) },
  };
};

const timingOf = (chance: Chance, now: number): Timing => ({
  notBefore: chance.happens(0.1) ? new Date(now + chance.below(3_600_000)).toISOString() : null,
  windows: chance.happens(0.3) ? Array.from({ length: chance.from(1, 2) }, () => windowOf(chance)) : [],
  spreadSeconds: chance.happens(0.2) ? chance.below(7_200) : 0,
});

const waveOf = (chance: Chance, at: number): Extract<Rollout, { by: 'waves' }>['waves'][number] => ({
  name: `wave ${at + 1}`,
  size: chance.pick([
    { by: 'percent', percent: 5 + 20 * (at + 1) },
    { by: 'count', count: chance.from(5, 200) },
    { by: 'query', expression: `attributes.site = "${chance.pick(['berlin', 'oslo', 'porto'])}"` },
  ] as const),
  success: chance.pick([0, 20, 50, 80]),
  soakSeconds: chance.pick([0, 600, 3_600]),
  manual: chance.happens(0.15),
});

const rolloutOf = (chance: Chance): Rollout => {
  const kind = chance.next();
  if (kind < 0.5) return { by: 'all' };
  if (kind < 0.85)
    return { by: 'waves', waves: Array.from({ length: chance.from(1, 3) }, (_, at) => waveOf(chance, at)) };
  return { by: 'ramp', perMinute: chance.from(1, 20), factor: 2, every: chance.from(5, 50), most: 100 };
};

const ruleOf = (chance: Chance, older: string | undefined): Rule => {
  const scope = chance.pick([{ by: 'campaign' }, { by: 'attribute', attribute: 'site' }] as const);
  const actions =
    scope.by === 'campaign' ? (['alert', 'pause', 'abort'] as const) : (['alert', 'hold', 'pause'] as const);
  const goesBack = scope.by === 'campaign' && older !== undefined && chance.happens(0.3);
  return {
    signal: chance.pick(['failed', 'any', 'timed-out'] as const),
    scope,
    minimum: chance.from(5, 40),
    threshold: chance.pick([{ percent: chance.from(10, 60) }, { count: chance.from(3, 40) }]),
    action: goesBack ? 'roll-back' : chance.pick(actions),
    rollBackTo: goesBack ? older : null,
  };
};

/** What an operator may think of: every rule of a rollout there is, in any mixture that a server takes. */
export const planOf = (chance: Chance, now: number, older: string | undefined): Plan => ({
  download: timingOf(chance, now),
  install: chance.happens(0.2) ? timingOf(chance, now) : { notBefore: null, windows: [] },
  checkpoints: chance.happens(0.1) ? [chance.pick(['download', 'execution', 'activation'] as const)] : [],
  concurrency: chance.happens(0.4) ? chance.from(3, 200) : null,
  retry: {
    attempts: chance.from(1, 4),
    backOffSeconds: chance.pick([0, 60, 1_800]),
    ...(chance.happens(0.2) && { coolDownSeconds: chance.pick([0, 3_600]) }),
  },
  timeouts: {
    downloadSeconds: chance.pick([null, 7_200, 21_600]),
    executionSeconds: chance.pick([null, 7_200]),
    activationSeconds: chance.pick([null, 14_400]),
  },
  endWhenComplete: chance.happens(0.5),
  freezes: chance.happens(0.1)
    ? [
        {
          name: 'quiet',
          from: new Date(now + 3_600_000).toISOString(),
          to: new Date(now + 10_800_000).toISOString(),
        },
      ]
    : [],
  rollout: rolloutOf(chance),
  budgets: chance.happens(0.25) ? [{ attribute: 'site', most: chance.from(2, 60) }] : [],
  stopRules: chance.happens(0.35)
    ? Array.from({ length: chance.from(1, 2) }, () => ruleOf(chance, older))
    : [],
  priority: chance.below(101),
  order: chance.pick(['recently-seen', 'first-in-first-out'] as const),
  downgrades: chance.happens(0.3),
  endAt: chance.happens(0.1) ? new Date(now + chance.from(2, 12) * 3_600_000).toISOString() : null,
});
