import { setTimeout as rest } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Forecast } from '../wire/muster/forecasts.ts';
import type { Job } from '../wire/muster/members.ts';
import { totals } from './campaign-columns.ts';
import { campaignEnding } from './ending.ts';
import { type Ending, exitCodes } from './exit-codes.ts';
import { news } from './news.ts';
import type { Online } from './online.ts';
import { span } from './options.ts';
import type { View } from './panel.ts';
import { screenOf } from './screen.ts';

export type Following = { readonly timeout?: number };

/** Adds `--timeout` to a command that waits. */
export const following = (command: Command): Command =>
  command.option('--timeout <span>', 'give up after 90s, 15m, 2h or 3d, with code 4', span);

/** How far back the rate looks. */
const LATELY = 120_000;
const FORECAST_EVERY = 60_000;

type Sample = { readonly at: number; readonly closed: number };

/** Updates that ended in a minute, over the last two minutes. */
export const rateOf = (samples: readonly Sample[]): number | undefined => {
  const last = samples.at(-1);
  const first = samples.find(({ at }) => last !== undefined && at >= last.at - LATELY);
  if (first === undefined || last === undefined || last.at - first.at < 1_000) return undefined;
  return ((last.closed - first.closed) / (last.at - first.at)) * 60_000;
};

/** Shows a campaign until it is over, and ends the command accordingly. */
export const followUntilOver = async (on: Online, id: string, { timeout }: Following): Promise<void> => {
  const { io } = on;
  const late = timeout === undefined ? [] : [AbortSignal.timeout(timeout * 1_000)];
  const signal = AbortSignal.any([io.signal, ...late]);
  const ending = await watch(on, id, signal);
  const how = ending ?? (io.signal.aborted ? 'interrupted' : 'timed-out');
  if (how !== 'done') io.err(`${exitCodes[how].meaning}\n`);
  io.endWith(how);
};

const watch = async (on: Online, id: string, signal: AbortSignal): Promise<Ending | undefined> => {
  const screen = screenOf(on);
  const look = looking(on, id);
  let view: View | undefined;
  try {
    for await (const cause of news(on.client, id, signal)) {
      if (cause === 'tick') {
        screen.tick();
        continue;
      }
      const found = await look();
      view = found.view;
      await screen.show(view);
      if (found.ending !== undefined) return found.ending;
    }
    return undefined;
  } finally {
    screen.end();
  }
};

/** Reads a campaign again and again, and keeps what takes several looks. */
const looking = ({ client }: Online, id: string) => {
  const params = { campaign: id };
  const samples: Sample[] = [];
  let forecast: Forecast | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  /** Takes seconds of a large fleet: nobody waits for it, and one that fails is left out. */
  const askForecast = (now: number): void => {
    if (now - asked < FORECAST_EVERY) return;
    asked = now;
    client.forecastCampaign({ params, body: {} }).then(
      ({ planned }) => {
        forecast = planned;
      },
      () => undefined,
    );
  };
  return async (): Promise<{ readonly view: View; readonly ending: Ending | undefined }> => {
    const at = Date.now();
    const [campaign, counts, rollout] = await Promise.all([
      client.getCampaign({ params }),
      client.countUpdates({ params }),
      client.getRollout({ params }),
    ]);
    if (campaign.status === 'running') askForecast(at);
    samples.push({ at, closed: totals(counts).closed });
    while ((samples[1]?.at ?? at) < at - LATELY) samples.shift();
    const view = { campaign, counts, rollout, forecast, perMinute: rateOf(samples), at };
    return { view, ending: await campaignEnding(client, campaign, counts) };
  };
};

const JOB_PACE = 500;

/** Reads a piece of large work until it is done or has failed. */
export const waitForJob = async ({ client, io }: Online, id: string): Promise<Job> => {
  for (;;) {
    const job = await client.getJob({ params: { job: id } });
    if (job.status === 'done' || job.status === 'failed') return job;
    await rest(JOB_PACE, undefined, { signal: io.signal });
  }
};
