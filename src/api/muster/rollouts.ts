import type { FastifyReply } from 'fastify';
import { type CampaignHours, newCampaignHours } from '../../app/campaign-hours.ts';
import type { CampaignDeps } from '../../app/campaigns.ts';
import { type Course, newCourses } from '../../app/course.ts';
import { examinePlan } from '../../app/examination.ts';
import { type Exclusion, listExclusions } from '../../app/exclusions.ts';
import { type Explanation, explainUpdate } from '../../app/explanation.ts';
import { type Failures, newFailures } from '../../app/failures.ts';
import { newForecasts } from '../../app/forecast.ts';
import { retryFailed } from '../../app/retry-failed.ts';
import { getRollout, type RolloutState } from '../../app/rollout-state.ts';
import { newWaiting, type Waiting } from '../../app/waiting.ts';
import { holdScope, openWave, releaseScope } from '../../app/waves.ts';
import { soakEnd } from '../../domain/progress.ts';
import { ok } from '../../domain/result.ts';
import { wavesOf } from '../../domain/rollout.ts';
import type { Tallies } from '../../domain/tally.ts';
import type {
  rolloutRoutes,
  Course as ShownCourse,
  Exclusion as ShownExclusion,
  Explanation as ShownExplanation,
  Failures as ShownFailures,
  CampaignHours as ShownHours,
  Rollout as ShownRollout,
  Waiting as ShownWaiting,
} from '../../wire/muster/rollouts.ts';
import type { Handlers } from './call.ts';
import { toCampaign } from './campaign-map.ts';
import { fromForecast, toForecasts } from './forecast-map.ts';
import { fromPaging, toInstant, toMaybeInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';
import { toEntry, toJob, toListed } from './members.ts';
import { fromPlan } from './plan-map.ts';

const toTallies = ([scope, counts]: readonly [string, Tallies]): ShownRollout['tallies'][number] => ({
  scope,
  started: counts.started ?? 0,
  inProgress: counts['in-progress'] ?? 0,
  succeeded: counts.succeeded ?? 0,
  failed: counts.failed ?? 0,
  rejected: counts.rejected ?? 0,
  timedOut: counts['timed-out'] ?? 0,
  silent: counts.silent ?? 0,
  rolledBack: counts['rolled-back'] ?? 0,
  other: counts.other ?? 0,
});

const toRollout = ({ campaign, progress, tallies }: RolloutState): ShownRollout => ({
  campaign: campaign.id,
  wave: progress?.wave ?? null,
  since: toMaybeInstant(progress?.since ?? null),
  metAt: toMaybeInstant(progress?.metAt ?? null),
  opensAt: toMaybeInstant(progress === null ? null : soakEnd(campaign.plan, progress)),
  waves: wavesOf(campaign.plan.rollout).map(({ name }, index) => ({
    name,
    devices: progress?.sizes[index] ?? null,
  })),
  held: [...(progress?.held ?? [])],
  tripped: (progress?.tripped ?? []).map((one) => ({ ...one, at: toInstant(one.at) })),
  tallies: [...tallies].map(toTallies),
});

const toExplanation = ({ campaign, device, update, blocking, ...rest }: Explanation): ShownExplanation => ({
  campaign: campaign.id,
  device: device.id,
  position: update.position,
  outcome: update.status === 'closed' ? update.outcome : null,
  blocking: blocking && {
    rule: blocking.rule,
    message: blocking.message,
    until: toMaybeInstant(blocking.until),
  },
  changesAt: toMaybeInstant(rest.changesAt),
  verdicts: rest.verdicts.map(({ rule, open, until }) => ({ rule, open, until: toMaybeInstant(until) })),
  said: rest.said && toEntry(rest.said),
  attempts: { ...rest.attempts },
  remedies: [...rest.remedies],
});

const toCourse = ({ at, startedAt, every, stretches, reasons }: Course): ShownCourse => ({
  at: toInstant(at),
  startedAt: toMaybeInstant(startedAt),
  everySeconds: every / 1_000,
  stretches: stretches.map(({ from, ...counts }) => ({ from: toInstant(from), ...counts })),
  reasons: reasons.map((one) => ({ ...one })),
});

const toHours = ({ from, zones, others }: CampaignHours): ShownHours => ({
  from: toInstant(from),
  zones: zones.map(({ download, install, ...zone }) => ({
    ...zone,
    download: [...download],
    install: [...install],
  })),
  others: { ...others },
});

const toFailures = ({ at, reasons }: Failures): ShownFailures => ({
  at: toInstant(at),
  reasons: reasons.map(({ campaigns, ...reason }) => ({
    ...reason,
    campaigns: campaigns.map((one) => ({ ...one })),
  })),
});

const toExclusion = ({ deviceId, reason, message, campaign }: Exclusion): ShownExclusion => ({
  device: deviceId,
  reason,
  message,
  campaign,
});

const toWaiting = ({ at, devices, reasons }: Waiting): ShownWaiting => ({
  at: toInstant(at),
  devices,
  reasons: reasons.map(({ until, ...reason }) => ({ ...reason, until: toMaybeInstant(until) })),
});

/** Whether whoever asked has gone, so that the answer would reach nobody, or the server is about to stop. */
const leavingOf = ({ raw }: FastifyReply, closing: AbortSignal): { readonly aborted: boolean } => ({
  get aborted() {
    return raw.destroyed || closing.aborted;
  },
});

type Deps = CampaignDeps & {
  /** Tells the background that there may be work. */
  readonly wake: () => void;
};

export const rolloutHandlers = (deps: Deps, closing: AbortSignal): Handlers<typeof rolloutRoutes> => {
  const turn = () => new Promise(setImmediate);
  const forecast = newForecasts({ ...deps, turn });
  const waiting = newWaiting({ ...deps, turn, leaving: closing });
  const course = newCourses(deps);
  const hours = newCampaignHours(deps);
  const failures = newFailures(deps);
  return {
    getCampaignCourse: async ({ caller, params }) => mapped(await course(caller, params.campaign), toCourse),
    getCampaignHours: async ({ caller, params }) => mapped(await hours(caller, params.campaign), toHours),
    getFailures: async ({ caller }) => ok(toFailures(await failures(caller))),
    getRollout: async ({ caller, params }) =>
      mapped(await getRollout(deps, caller, params.campaign), toRollout),
    openNextWave: async ({ caller, params, query, expected }) =>
      mapped(
        await openWave(deps, caller, params.campaign, { wave: query.wave, expected }),
        toCampaign(caller, deps.clock()),
      ),
    holdScope: async ({ caller, params, body, expected }) =>
      mapped(
        await holdScope(deps, caller, params.campaign, body.scope, expected),
        toCampaign(caller, deps.clock()),
      ),
    releaseScope: async ({ caller, params, body, expected }) =>
      mapped(
        await releaseScope(deps, caller, params.campaign, body.scope, expected),
        toCampaign(caller, deps.clock()),
      ),
    retryFailed: async ({ caller, params }) => {
      const job = await retryFailed(deps, caller, params.campaign);
      deps.wake();
      return mapped(job, toJob);
    },
    listExclusions: async ({ caller, params, query }) => {
      const page = fromPaging(query);
      if (!page.ok) return page;
      return mapped(await listExclusions(deps, caller, params.campaign, page.value), (found) =>
        toPage(found, toExclusion),
      );
    },
    explainUpdate: async ({ caller, params }) =>
      mapped(await explainUpdate(deps, caller, params), toExplanation),
    getWaiting: async ({ caller, params }) => mapped(await waiting.count(caller, params.campaign), toWaiting),
    listWaiting: async ({ caller, params, query }) => {
      const page = fromPaging(query);
      if (!page.ok) return page;
      const found = await waiting.list(caller, params.campaign, params.rule, page.value);
      return mapped(found, (members) => toPage(members, toListed));
    },
    forecastCampaign: async ({ caller, params, body, reply }) =>
      mapped(
        await forecast(caller, { id: params.campaign }, fromForecast(body), leavingOf(reply, closing)),
        toForecasts,
      ),
    forecastPlan: async ({ caller, body: { plan, ...request }, reply }) =>
      mapped(
        await forecast(caller, { plan: fromPlan(plan) }, fromForecast(request), leavingOf(reply, closing)),
        toForecasts,
      ),
    examinePlan: async ({ caller, body: { plan, campaign } }) =>
      mapped(
        await examinePlan(deps, caller, { plan: fromPlan(plan), campaign }),
        ({ excluded, ...counted }) => ({
          ...counted,
          excluded: excluded.map((one) => ({ ...one, examples: [...one.examples] })),
        }),
      ),
  };
};
