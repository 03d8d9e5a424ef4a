import type { Command } from 'commander';
import type { Campaign, Counts } from '../../wire/muster/campaigns.ts';
import { campaignDetails, notBegun, totals } from '../campaign-columns.ts';
import { CliError } from '../cli-error.ts';
import { onlySaid } from '../dry-run.ts';
import { findCampaign } from '../find.ts';
import type { Io } from '../io.ts';
import { type Online, online } from '../online.ts';
import { changing, type DryRun, given, instant } from '../options.ts';
import { type Following, following, followUntilOver, waitForJob } from '../watch.ts';
import { counted, number } from '../words.ts';

type Options = DryRun &
  Following & { readonly wait?: true; readonly yes?: true; readonly comment?: string; readonly at?: string };
type Call = (on: Online, campaign: Campaign, options: Options) => Promise<Campaign>;
type Action = {
  readonly says: string;
  /** What it is called in `allowedActions`. */
  readonly action: Campaign['allowedActions'][number];
  /** What it means for the devices, in figures. */
  readonly reach: (counts: Counts) => string;
  readonly call: Call;
};

const asRead = ({ id, revision }: Campaign) => ({ params: { campaign: id }, expected: revision });

const open = (counts: Counts): string => counted(totals(counts).open, 'open device');
const held = (counts: Counts): string =>
  `${counted(notBegun(counts), 'device')} not told to begin yet will wait; ${number(totals(counts).open - notBegun(counts))} in progress finish their phase`;
const closing = (counts: Counts): string =>
  `${open(counts)} closed: ${number(notBegun(counts))} not begun, ${number(totals(counts).open - notBegun(counts))} in progress are asked to stop`;
const going = (counts: Counts): string => `${open(counts)} may go on`;

const actions: Readonly<Record<string, Action>> = {
  approve: {
    says: 'give one approval',
    action: 'approve',
    reach: () => 'no device begins by this alone',
    call: ({ client }, campaign) => client.approveCampaign(asRead(campaign)),
  },
  reject: {
    says: 'reject a campaign for good',
    action: 'reject',
    reach: () => 'it can never start',
    call: ({ client }, campaign, { comment }) =>
      client.rejectCampaign({ ...asRead(campaign), body: given({ comment }) }),
  },
  schedule: {
    says: 'start a campaign at an instant ahead',
    action: 'schedule',
    reach: going,
    call: ({ client }, campaign, { at = '' }) =>
      client.scheduleCampaign({ ...asRead(campaign), body: { startAt: at } }),
  },
  start: {
    says: 'start a campaign now, or go on after a stop',
    action: 'start',
    reach: going,
    call: ({ client }, campaign, { yes }) =>
      client.startCampaign({ ...asRead(campaign), query: given({ confirm: yes }) }),
  },
  pause: {
    says: 'hold a campaign: no device begins another phase',
    action: 'pause',
    reach: held,
    call: ({ client }, campaign) => client.pauseCampaign(asRead(campaign)),
  },
  resume: {
    says: 'go on after a pause',
    action: 'resume',
    reach: going,
    call: ({ client }, campaign) => client.resumeCampaign(asRead(campaign)),
  },
  stop: {
    says: 'stop a campaign; it can start again',
    action: 'stop',
    reach: held,
    call: ({ client }, campaign) => client.stopCampaign(asRead(campaign)),
  },
  cancel: {
    says: 'cancel a campaign for good',
    action: 'cancel',
    reach: closing,
    call: ({ client }, campaign) => client.cancelCampaign(asRead(campaign)),
  },
  end: {
    says: 'end a campaign for good; open devices count as timed out',
    action: 'end',
    reach: closing,
    call: ({ client }, campaign) => client.endCampaign(asRead(campaign)),
  },
  'next-wave': {
    says: 'open the next wave',
    action: 'open-wave',
    reach: going,
    call: ({ client }, campaign) => client.openNextWave(asRead(campaign)),
  },
};

/** Verbs that may be waited on until the campaign is over. */
const waitable: readonly string[] = ['start', 'resume', 'schedule', 'next-wave'];

/** The verbs that change where a campaign is. */
export const registerActions = (campaign: Command, io: Io): void => {
  for (const [verb, action] of Object.entries(actions)) registerAction(campaign, io, verb, action);
  registerRetry(campaign, io);
  registerDelete(campaign, io);
};

const withOptions = (verb: string, command: Command): Command => {
  if (verb === 'reject') command.option('--comment <text>', 'why');
  if (verb === 'schedule') command.requiredOption('--at <instant>', 'when', instant);
  if (verb === 'start') command.option('--yes', 'start though the query matches no device, or all of them');
  if (!waitable.includes(verb)) return command;
  return following(command.option('--wait', 'watch it until it is over; the exit code says how'));
};

const registerAction = (campaign: Command, io: Io, verb: string, action: Action): void => {
  changing(withOptions(verb, campaign.command(verb).description(action.says)))
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async (on, word: string, options: Options) => {
        const found = await findCampaign(on.client, word);
        const reach = await reachOf(on, found, action);
        if (options.dryRun) return tryOut(on, verb, found, action, reach);
        const after = await action.call(on, found, options);
        io.err(`${after.name} is ${after.status}; ${reach}\n`);
        if (options.wait) return followUntilOver(on, after.id, options);
        await on.print.one(after, campaignDetails);
      }),
    );
};

/** What it means for the devices, in figures; before the first start, for those that match. */
const reachOf = async (
  { client }: Online,
  { id, target, startedAt }: Campaign,
  { reach }: Action,
): Promise<string> => {
  const counts = await client.countUpdates({ params: { campaign: id } });
  if (startedAt !== null || reach !== going || !('expression' in target)) return reach(counts);
  const { count } = await client.previewQuery({ body: { expression: target.expression, limit: 0 } });
  return `${counted(count, 'device')} match its query`;
};

const tryOut = async (
  on: Online,
  verb: string,
  { name, status, allowedActions }: Campaign,
  { action }: Action,
  reach: string,
): Promise<void> => {
  if (!allowedActions.includes(action)) {
    throw new CliError(`"${name}" is ${status}; you may not ${verb} it now`, {
      ending: 'refused',
      next: allowedActions.length === 0 ? 'muster whoami' : `one of: ${allowedActions.join(', ')}`,
    });
  }
  await onlySaid(on, { dryRun: true }, `${verb} "${name}", which is ${status}: ${reach}`, { status });
};

const registerRetry = (campaign: Command, io: Io): void => {
  changing(campaign.command('retry').description('have every device begin again that failed or timed out'))
    .argument('<campaign>', 'id or name')
    .option('--wait', 'until all of them were told')
    .action(
      online(io, async (on, word: string, options: Options) => {
        const { id, name } = await findCampaign(on.client, word);
        const params = { campaign: id };
        const { closed } = await on.client.countUpdates({ params });
        const many = (closed['failed'] ?? 0) + (closed['timed-out'] ?? 0);
        if (await onlySaid(on, options, `have ${counted(many, 'device')} of "${name}" begin again`)) return;
        const job = await on.client.retryFailed({ params });
        const shown = options.wait ? await waitForJob(on, job.id) : job;
        await on.print.one(shown, [
          ['job', (one) => one.id],
          ['status', ({ status }) => status],
          ['done', ({ done, total }) => `${done} of ${total ?? many}`],
        ]);
        if (shown.status === 'failed') io.endWith('failed');
      }),
    );
};

const registerDelete = (campaign: Command, io: Io): void => {
  changing(
    campaign.command('delete').description('delete a campaign that is not under way, with its device list'),
  )
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async (on, word: string, options: DryRun) => {
        const { id, name, status, revision } = await findCampaign(on.client, word);
        const { total } = await on.client.countUpdates({ params: { campaign: id } });
        const reach = `"${name}", which is ${status} and has ${counted(total, 'device')}`;
        if (await onlySaid(on, options, `delete ${reach}`)) return;
        await on.client.deleteCampaign({ params: { campaign: id }, expected: revision });
        io.err(`${reach}, was deleted\n`);
      }),
    );
};
