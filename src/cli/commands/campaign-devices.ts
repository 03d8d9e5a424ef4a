import type { Command } from 'commander';
import { outcomes, reasons, type Update } from '../../wire/muster/members.ts';
import { choices } from '../choice.ts';
import { CliError } from '../cli-error.ts';
import { onlySaid } from '../dry-run.ts';
import { findCampaign, findQuery } from '../find.ts';
import { inPieces } from '../ids-in-pieces.ts';
import { readIds } from '../input.ts';
import type { Io } from '../io.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, type Paged, paged, repeated } from '../options.ts';
import type { Column } from '../output.ts';
import { waitForJob } from '../watch.ts';
import { counted, moment } from '../words.ts';

const columns: readonly Column<Update>[] = [
  ['device', ({ device }) => device],
  ['position', ({ position }) => position],
  ['since', ({ since }) => moment(since)],
  ['outcome', ({ outcome }) => outcome ?? 'open'],
  ['attempt', ({ attempt }) => String(attempt)],
  [
    'reason',
    ({ reason, message }) =>
      [reason, message].filter((word) => word !== null && word !== '').join(': ') || '-',
  ],
];

type Filter = Paged & {
  readonly position?: readonly string[];
  readonly outcome?: readonly (typeof outcomes)[number][];
  readonly reason?: readonly (typeof reasons)[number][];
  readonly open?: true;
  readonly ids?: true;
};

const several = <Value>(values: readonly Value[] | undefined) =>
  values === undefined ? undefined : [...values];

const filterOf = ({ position, outcome, reason, open }: Filter) => ({
  ...(position !== undefined && { position: several(position) ?? [] }),
  ...(outcome !== undefined && { outcome: several(outcome) ?? [] }),
  ...(reason !== undefined && { reason: several(reason) ?? [] }),
  ...(open !== undefined && { open }),
});

/** `campaign devices`, `add-devices`, `remove-devices` and `excluded`. */
export const registerDevices = (campaign: Command, io: Io): void => {
  paged(campaign.command('devices').description('list the devices of a campaign and how far they are'))
    .argument('<campaign>', 'id or name')
    .option('--position <position>', 'at this position; repeat it for several', repeated)
    .option('--outcome <outcome>', outcomes.join(', '), choices(outcomes))
    .option('--reason <reason>', 'ended for this reason; repeat it for several', choices(reasons))
    .option('--open', 'those that are under way alone')
    .option('--ids', 'the ids alone, one in each line: for a pipe into - or a file for @file')
    .action(
      online(io, async (on, word: string, options: Filter) => {
        const { id } = await findCampaign(on.client, word);
        const print = options.ids ? { list: printIds(io) } : on.print;
        await printPages(
          { io, print: { ...on.print, ...print } },
          options.limit,
          (page) =>
            on.client.listCampaignDevices({
              params: { campaign: id },
              query: { ...page, ...filterOf(options) },
            }),
          columns,
        );
      }),
    );
  paged(
    campaign.command('excluded').description('list the devices that cannot take part as they are, and why'),
  )
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async (on, word: string, { limit }: Paged) => {
        const { id } = await findCampaign(on.client, word);
        await printPages(
          on,
          limit,
          (query) => on.client.listExclusions({ params: { campaign: id }, query }),
          [
            ['device', ({ device }) => device],
            ['reason', ({ reason }) => reason],
            ['message', ({ message }) => message],
          ],
        );
      }),
    );
  registerAdd(campaign, io);
  registerRemove(campaign, io);
};

const printIds =
  ({ out }: Pick<Io, 'out'>) =>
  async (items: readonly unknown[]): Promise<void> => {
    // The rows of `campaign devices` alone come here.
    for (const { device } of items as readonly Update[]) out(`${device}\n`);
  };

type Add = DryRun & { readonly where?: string; readonly query?: string; readonly wait?: true };

const registerAdd = (campaign: Command, io: Io): void => {
  changing(campaign.command('add-devices').description('add devices; those that are through begin again'))
    .argument('<campaign>', 'id or name')
    .argument('[ids...]', 'ids, @file, or - for standard input')
    .option('--where <expression>', 'every device that matches')
    .option('--query <query>', 'every device that matches this saved query, by id or name')
    .option('--wait', 'until every device that matches was added')
    .action(
      online(io, async (on, word: string, words: readonly string[], { where, query, wait, ...dry }: Add) => {
        const { id, name } = await findCampaign(on.client, word);
        const params = { campaign: id };
        if (where === undefined && query === undefined) {
          const ids = await readIds(words, io);
          if (await onlySaid(on, dry, `add ${counted(ids.length, 'device')} to "${name}"`, { ids })) return;
          let added = 0;
          for (const devices of inPieces(ids)) {
            added += (await on.client.addCampaignDevices({ params, body: { devices } })).added;
          }
          return on.print.text({ added }, `${counted(added, 'device')} added\n`);
        }
        if (words.length > 0 || (where !== undefined && query !== undefined))
          throw new CliError('ids, --where and --query exclude each other', { ending: 'usage' });
        const found = query === undefined ? undefined : await findQuery(on.client, query);
        const expression = where ?? found?.expression ?? '';
        const { count } = await on.client.previewQuery({ body: { expression, limit: 0 } });
        if (await onlySaid(on, dry, `add ${counted(count, 'device')} to "${name}"`)) return;
        const job =
          found === undefined
            ? await on.client.addCampaignDevicesByQuery({ params, body: { expression } })
            : await on.client.addCampaignDevicesByQuery({ params, body: { query: found.id } });
        const shown = wait ? await waitForJob(on, job.id) : job;
        await on.print.one(shown, [
          ['job', (one) => one.id],
          ['status', ({ status }) => status],
          ['done', ({ done }) => String(done)],
        ]);
      }),
    );
};

const registerRemove = (campaign: Command, io: Io): void => {
  changing(campaign.command('remove-devices').description('take devices out of a campaign'))
    .argument('<campaign>', 'id or name')
    .argument('<ids...>', 'ids, @file, or - for standard input')
    .action(
      online(io, async (on, word: string, words: readonly string[], options: DryRun) => {
        const { id, name } = await findCampaign(on.client, word);
        const ids = await readIds(words, io);
        if (await onlySaid(on, options, `take ${counted(ids.length, 'device')} out of "${name}"`, { ids }))
          return;
        let removed = 0;
        for (const devices of inPieces(ids)) {
          removed += (await on.client.removeCampaignDevices({ params: { campaign: id }, body: { devices } }))
            .removed;
        }
        await on.print.text({ removed }, `${counted(removed, 'device')} removed\n`);
      }),
    );
};
