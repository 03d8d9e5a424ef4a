import { campaignColumns, campaignDetails, countColumns } from '../campaign-columns.ts';
import { choices } from '../choice.ts';
import { onlySaid } from '../dry-run.ts';
import { findCampaign, findPackage } from '../find.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, given, type Paged, paged, repeated, wholeNumber } from '../options.ts';
import { toLines } from '../output.ts';
import type { Register } from '../program.ts';
import { type Following, following, followUntilOver } from '../watch.ts';
import { registerActions } from './campaign-actions.ts';
import { registerDevices } from './campaign-devices.ts';
import { registerDocuments } from './campaign-documents.ts';
import { registerForecast } from './campaign-forecast.ts';

const statuses = [
  ...['draft', 'awaiting-approval', 'approved', 'scheduled', 'running', 'paused', 'stopped'],
  ...['ended', 'cancelled', 'rejected', 'failed'],
] as const;
type Status = 'draft' | 'awaiting-approval' | 'approved' | 'scheduled' | 'running' | 'paused' | 'stopped';
type Final = 'ended' | 'cancelled' | 'rejected' | 'failed';
type List = Paged & { readonly status?: readonly (Status | Final)[]; readonly text?: string };

type New = DryRun & {
  readonly package?: readonly string[];
  readonly where?: string;
  readonly reevaluate: number;
  readonly description?: string;
};

/** `campaign`: plans that bring packages to devices. */
export const registerCampaign: Register = (program, io) => {
  const campaign = program.command('campaign').description('plans that bring packages to devices');
  paged(campaign.command('list').description('list campaigns, newest first'))
    .option('--status <status>', statuses.join(', '), choices(statuses as readonly (Status | Final)[]))
    .option('--text <text>', 'anywhere in the name')
    .action(
      online(io, async (on, { limit, status, text }: List) =>
        printPages(
          on,
          limit,
          (page) =>
            on.client.listCampaigns({
              query: {
                ...{ ...page, order: 'newest' },
                ...given({ text }),
                ...(status !== undefined && { status: [...status] }),
              },
            }),
          campaignColumns,
        ),
      ),
    );
  campaign
    .command('show')
    .description('show a campaign and what you may do with it')
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async (on, word: string) =>
        on.print.one(await findCampaign(on.client, word), campaignDetails),
      ),
    );
  campaign
    .command('status')
    .description('show how far a campaign is')
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async ({ client, print }, word: string) => {
        const { id, name, status, because } = await findCampaign(client, word);
        const counts = await client.countUpdates({ params: { campaign: id } });
        const head = toLines({ status }, [
          ['campaign', () => `${name} (${id})`],
          ['status', () => (because === null ? status : `${status}: ${because}`)],
        ]);
        await print.text({ id, name, status, because, ...counts }, head + toLines(counts, countColumns));
      }),
    );
  following(
    campaign.command('watch').description('watch a campaign until it is over; the exit code says how'),
  )
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async (on, word: string, options: Following) =>
        followUntilOver(on, (await findCampaign(on.client, word)).id, options),
      ),
    );
  changing(
    campaign.command('create').description('create a campaign; campaign apply knows every part of a plan'),
  )
    .argument('<name>')
    .option('--package <package>', 'id, name, or name@version; repeat it for several', repeated)
    .option('--where <expression>', 'devices that match join when it starts; else they are added by hand')
    .option(
      '--reevaluate <seconds>',
      'how often devices that match later join; 0 for never',
      wholeNumber(),
      0,
    )
    .option('--description <text>')
    .action(
      online(io, async (on, name: string, options: New) => {
        const packages: string[] = [];
        for (const word of options.package ?? []) packages.push((await findPackage(on.client, word)).id);
        const { where: expression, reevaluate: reevaluateSeconds } = options;
        const target =
          expression === undefined
            ? ({ by: 'hand' } as const)
            : ({ by: 'query', expression, reevaluateSeconds } as const);
        const body = { name, packages, target, ...given({ description: options.description }) };
        if (await onlySaid(on, options, `create the campaign "${name}"`, { body })) return;
        await on.print.one(await on.client.createCampaign({ body }), campaignDetails);
      }),
    );
  registerDocuments(campaign, io);
  registerActions(campaign, io);
  registerDevices(campaign, io);
  registerForecast(campaign, io);
};
