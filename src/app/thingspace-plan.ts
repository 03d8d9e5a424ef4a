import { componentOf } from '../domain/package.ts';
import { defaultPlan, type RetryPolicy, type Target, type Timing } from '../domain/plan.ts';
import { type Expression, formatExpression } from '../domain/targeting.ts';
import { DAY, HOUR, type Instant } from '../domain/time.ts';
import type { Account } from './account-records.ts';
import type { PlanPatch } from './campaigns.ts';
import { licenceQuota, licensedDevices } from './licences.ts';
import type { StoredPackage } from './records.ts';
import {
  carriedBy,
  type DailyHours,
  THINGSPACE_VERSION,
  type ThingSpaceCampaign,
  type ThingSpaceDates,
  type Transport,
} from './thingspace-campaign.ts';

/** How often devices are looked for that have come to match, in seconds. */
const REEVALUATE_SECONDS = 300;

/** The beginning of a day in UTC. */
const dayBegins = (day: string): Instant => Date.parse(`${day}T00:00:00Z`);

const everyDay = [1, 2, 3, 4, 5, 6, 7] as const;

const toTiming = (after: string | null, hours: readonly DailyHours[]): Timing => ({
  notBefore: after === null ? null : dayBegins(after),
  windows: hours.map(({ startTime, endTime }) => ({
    ...{ days: everyDay, zone: 'utc' },
    ...{ from: startTime * 60, to: endTime * 60 },
  })),
  spread: 0,
});

const haveHours = (a: readonly DailyHours[], b: readonly DailyHours[]): boolean =>
  a.some((one) => b.some((other) => one.startTime < other.endTime && other.startTime < one.endTime));

/**
 * Some HTTP devices download and install in one go, and so begin only where both may. Where the lists have no hour in
 * common, these begin in those of the installation, which then are hours of the download too.
 */
const downloadHours = ({ transport, downloadWindows, installWindows }: Dated): readonly DailyHours[] => {
  const isApart = downloadWindows.length > 0 && installWindows.length > 0;
  const mayGoTogether = transport === null || transport === 'http';
  return isApart && mayGoTogether && !haveHours(downloadWindows, installWindows)
    ? [...downloadWindows, ...installWindows]
    : downloadWindows;
};

type Dated = ThingSpaceDates & Pick<ThingSpaceCampaign, 'transport'>;

/** What dates and windows are in a plan. */
export const datesInPlan = (dates: Dated) => ({
  endAt: dayBegins(dates.endDate) + DAY,
  download: toTiming(dates.downloadAfterDate, downloadHours(dates)),
  install: toTiming(dates.installAfterDate, dates.installWindows),
});

/** HTTP devices ask by themselves; LwM2M ones are tried a day apart, OMA-DM ones every few hours (reference 3.7). */
const retries: Readonly<Record<Transport, RetryPolicy>> = {
  http: defaultPlan.retry,
  lwm2m: { ...defaultPlan.retry, attempts: 3, backOff: DAY },
  'oma-dm': { ...defaultPlan.retry, attempts: 6, backOff: 4 * HOUR },
};

const isEqual = (name: 'make' | 'model', value: string): readonly Expression[] =>
  value === '' ? [] : [{ type: 'compare', field: { kind: 'column', name }, operator: '=', value }];

/** The devices of the account that the package is for, by what they are known to be. */
const matching = (
  account: Pick<Account, 'settings'>,
  facts: ThingSpaceCampaign,
  pack: StoredPackage,
): Expression => {
  const { transport, from, make, model } = facts;
  const field = { kind: 'version', component: componentOf(pack) } as const;
  const version: readonly Expression[] =
    from === '' ? [] : [{ type: 'compare', field, operator: '=', value: from }];
  const protocol: readonly Expression[] =
    transport === null
      ? []
      : [{ type: 'in', field: { kind: 'column', name: 'protocol' }, values: carriedBy[transport] }];
  const isLimited = licenceQuota(account) !== null;
  const licensed = isLimited ? [licensedDevices] : [];
  return {
    type: 'and',
    of: [...isEqual('make', make), ...isEqual('model', model), ...version, ...protocol, ...licensed],
  };
};

/** The plan of a campaign of this wire. */
export const planOf = (
  account: Pick<Account, 'settings'>,
  facts: ThingSpaceCampaign,
  pack: StoredPackage,
): PlanPatch => {
  const { campaignName, name, transport, autoAddDevices, api } = facts;
  const target: Target = autoAddDevices
    ? {
        by: 'query',
        expression: formatExpression(matching(account, facts, pack)),
        list: null,
        reevaluateSeconds: REEVALUATE_SECONDS,
      }
    : { by: 'hand' };
  return {
    name: campaignName === '' ? name : campaignName,
    packages: [pack.id],
    ...datesInPlan(facts),
    target,
    retry: retries[transport ?? 'http'],
    // Who takes in others for as long as it runs is done at its end date.
    endWhenComplete: !autoAddDevices,
    settings: { [THINGSPACE_VERSION]: api },
  };
};
