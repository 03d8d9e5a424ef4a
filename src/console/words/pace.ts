import type { CampaignPlan } from '../../wire/muster/plan.ts';

type Rollout = CampaignPlan['rollout'];
export type Ramp = Extract<Rollout, { readonly by: 'ramp' }>;
export type Wave = Extract<Rollout, { readonly by: 'waves' }>['waves'][number];

/** A wave as a part of all devices: from where to where, 0 to 1; `null` where its size is not known beforehand. */
export type Step = { readonly name: string; readonly from: number; readonly to: number | null };

const shareOf = ({ size }: Wave, devices: number | undefined): number | null => {
  if ('percent' in size) return size.percent / 100;
  const many = 'count' in size ? size.count : 'devices' in size ? size.devices.length : undefined;
  return many === undefined || devices === undefined || devices === 0 ? null : many / devices;
};

/** Waves one after the other, and the rest of the devices after them. */
export const stepsOf = (waves: readonly Wave[], devices: number | undefined): readonly Step[] => {
  let at = 0;
  const steps = waves.map((wave): Step => {
    const share = shareOf(wave, devices);
    const from = at;
    at = Math.min(1, from + (share ?? 0));
    return { name: wave.name, from, to: share === null ? null : at };
  });
  return at < 1 ? [...steps, { name: 'The others', from: at, to: 1 }] : steps;
};

/** So many devices have begun after so many minutes. */
export type Started = { readonly minute: number; readonly devices: number };

const MOST_POINTS = 2_000;

/** How a ramp lets devices in if each of them succeeds at once: no campaign is faster. */
export const rampCurve = ({ perMinute, factor, every, most }: Ramp, devices: number): readonly Started[] => {
  const points: Started[] = [{ minute: 0, devices: 0 }];
  let started = 0;
  let minute = 0;
  while (started < devices && points.length < MOST_POINTS) {
    const rate = Math.min(most, perMinute * factor ** Math.floor(started / every));
    // Until the next step of the rate, in one go.
    const next = rate >= most ? devices : Math.min(devices, (Math.floor(started / every) + 1) * every);
    minute += (next - started) / Math.max(rate, 1);
    started = next;
    points.push({ minute, devices: started });
  }
  return points;
};

/** Waves that a careful campaign begins with. */
export const usualWaves = (): Wave[] => [
  {
    ...{ name: 'Canary', size: { by: 'percent', percent: 5 } },
    ...{ success: 95, soakSeconds: 3_600, manual: false },
  },
  {
    ...{ name: 'Early', size: { by: 'percent', percent: 25 } },
    ...{ success: 95, soakSeconds: 14_400, manual: false },
  },
];
