import type { FastifyBaseLogger } from 'fastify';
import { musterWebhook } from '../api/muster/webhook.ts';
import { renderPulse } from '../api/pulse/callbacks.ts';
import { renderThingSpace } from '../api/thingspace/callbacks.ts';
import { createSchedule } from '../app/campaign-end.ts';
import type { Deliverer } from '../app/deliver.ts';
import { runDueUpdates } from '../app/due-updates.ts';
import { createEventSweep } from '../app/event-retention.ts';
import { handOnNext, type Renderers } from '../app/fan-out.ts';
import { createFleetNotes } from '../app/fleet-history.ts';
import { runNextJob } from '../app/jobs.ts';
import type { LastSeen } from '../app/last-seen.ts';
import { withdrawExcessLicences } from '../app/licence-candidates.ts';
import { sweepBytes } from '../app/package-sweep.ts';
import { createSilenceWatch } from '../app/silence.ts';
import { createRolloutSweep } from '../app/stop-rules.ts';
import { UPLOAD_PATIENCE } from '../app/uploads.ts';
import { smsSender, udpSender } from '../devices/oma-dm/trigger-senders.ts';
import { createTriggerSweep } from '../devices/oma-dm/trigger-sweep.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../domain/time.ts';
import type { Task } from './background.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';

/** Everything that happens without being asked for. */
export const standingWork = (context: Context, seen: LastSeen): readonly Task[] => {
  const { store, clock, turns } = context;
  const isMine = (name: string, every: number) => () => turns.mine(name, every);
  return [
    { name: 'jobs', every: 5 * SECOND, run: (isStopping) => runNextJob({ ...context, isStopping }) },
    {
      name: 'due campaigns',
      every: SECOND,
      run: createSchedule(context, isMine('due campaigns', SECOND)),
    },
    {
      name: 'silent devices',
      every: 10 * SECOND,
      run: createSilenceWatch(context, isMine('silent devices', 10 * SECOND)),
    },
    {
      name: 'last seen',
      // A device that comes again meanwhile is written once.
      every: 15 * SECOND,
      run: async () => {
        await seen.flush();
        return false;
      },
    },
    ...inTurns(context, [
      { name: 'due updates', every: SECOND, run: async () => (await runDueUpdates(context)) > 0 },
      { name: 'rollouts', every: 5 * SECOND, run: createRolloutSweep(context) },
      {
        name: 'excess licences',
        every: MINUTE,
        run: async () => (await withdrawExcessLicences(context)) > 0,
      },
      { name: 'fleet history', every: 5 * MINUTE, run: createFleetNotes(context) },
      {
        name: 'stray bytes',
        every: HOUR,
        run: async () => {
          await store.uploads.expire(clock() - UPLOAD_PATIENCE);
          await sweepBytes(context);
          return false;
        },
      },
      {
        name: 'expiry',
        every: HOUR,
        run: async () => {
          await store.expire(clock() - DAY, clock() - HOUR);
          return false;
        },
      },
    ]),
  ];
};

/** Work that one of the processes over a store does for all. */
const inTurns = ({ turns }: Context, tasks: readonly Task[]): readonly Task[] =>
  tasks.map(({ name, every, run }) => ({
    ...{ name, every },
    run: async (isStopping) => (await turns.mine(name, every)) && run(isStopping),
  }));

/** Devices of OMA-DM are asked to begin sessions where something was set by which they can be reached. */
export const triggersOut = (
  { omaDm }: Config,
  context: Context,
  logger: FastifyBaseLogger,
): readonly Task[] => {
  const senders = [
    ...(omaDm.udpNetworks.length === 0 ? [] : [udpSender(omaDm.udpNetworks)]),
    ...(omaDm.sms === undefined ? [] : [smsSender(context.push, omaDm.sms)]),
  ];
  const warn = (what: object, message: string): void => logger.warn(what, message);
  if (senders.length === 0) return [];
  return inTurns(context, [
    { name: 'triggers', every: 5 * SECOND, run: createTriggerSweep({ ...context, senders, warn }) },
  ]);
};

/** The form in which each wire's subscribers are told. */
const renderers: Renderers = { muster: musterWebhook, pulse: renderPulse, thingspace: renderThingSpace };

/** From the outbox to whoever subscribed. */
export const eventsOut = (
  config: Config,
  context: Context,
  deliverer: Deliverer,
  logger: FastifyBaseLogger,
  wake: (name: 'deliveries') => void,
): readonly Task[] => {
  const report: Parameters<typeof handOnNext>[0]['report'] = (err, { event, subscription }) =>
    logger.error({ err, seq: event.seq, subscription: subscription.id }, 'an event could not be told');
  return [
    {
      name: 'outbox',
      every: SECOND,
      run: async () => {
        const more = await handOnNext({ ...context, report }, renderers);
        if (more) wake('deliveries');
        return more;
      },
    },
    { name: 'deliveries', every: SECOND, run: deliverer.next },
    ...inTurns(context, [
      { name: 'old events', every: HOUR, run: createEventSweep(context, config.events.retention) },
      {
        name: 'old deliveries',
        every: HOUR,
        run: async () => {
          await context.store.deliveries.expire(context.clock() - config.push.retention);
          return false;
        },
      },
    ]),
  ];
};
