import { createCampaign } from '../../src/domain/campaign.ts';
import { defaultAssumptions, forecast, type Outlook, type Sample } from '../../src/domain/forecast.ts';
import { defaultPlan, type Plan, type Timing } from '../../src/domain/plan.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts';
import type { Bench } from './bench.ts';
import { median } from './statistics.ts';

const GOAL = 5 * SECOND;
const START = Date.UTC(2026, 9, 1);
const INTERVAL = 5 * MINUTE;

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'];

const sample = (index: number): Sample => ({
  device: {
    ...{ id: `device-${index}`, name: '', make: '', model: '', protocol: 'ddi', tags: [], versions: {} },
    standing: 'accepted',
    timeZone: zones[index % zones.length] ?? 'UTC',
    attributes: { site: index % 50 },
    ...{ lastSeenAt: START, createdAt: START },
  },
  ...{ agreed: false, together: index % 2 === 0, update: undefined, unable: undefined },
  ...{ interval: INTERVAL, nextContact: START + ((index * 7_919) % INTERVAL) },
});

const nights: Timing = {
  notBefore: null,
  windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 22 * 60, to: 5 * 60, zone: 'device' }],
  spread: 2 * HOUR,
};

const plans: readonly (readonly [name: string, Partial<Plan>])[] = [
  ['windows in device zones, spread', { download: nights, install: nights }],
  ['a narrow limit', { concurrency: 20 }],
  ['a ramp', { rollout: { by: 'ramp', perMinute: 10, factor: 2, every: 1_000, most: 1_000 } }],
  ['budgets', { budgets: [{ attribute: 'site', most: 20 }] }],
];

const outlook = (plan: Partial<Plan>, samples: readonly Sample[]): Outlook => ({
  campaign: createCampaign(
    {
      ...{ id: 'campaign', digest: '', policy: 'none', createdBy: 'bench' },
      plan: { ...defaultPlan, packages: ['package'], ...plan },
    },
    START,
  ),
  ...{ freezes: [], packages: [], headless: true, resettable: false, assumptions: defaultAssumptions },
  ...{ samples, population: samples.length, from: START, until: START + 400 * DAY },
});

/** Milliseconds that one forecast takes. */
const timeOf = (of: Outlook): number => {
  const begun = performance.now();
  for (const playing = forecast(of); playing.next().done !== true; );
  return performance.now() - begun;
};

/** Forecasts of a whole fleet, on one core, without the reading of it. */
export const benchForecast = async ({ options, tell }: Bench): Promise<void> => {
  const samples = Array.from({ length: options.devices }, (_, index) => sample(index));
  for (const [name, plan] of plans) {
    const value = median(Array.from({ length: options.rounds }, () => timeOf(outlook(plan, samples))));
    tell({ name: `forecast, ${name}`, value, unit: 'ms', goal: { text: '<= 5,000', met: value <= GOAL } });
  }
};
