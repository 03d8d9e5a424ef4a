import type { Command } from 'commander';
import type { Delivery } from '../../wire/muster/deliveries.ts';
import type { Destination } from '../../wire/muster/destinations.ts';
import { choices } from '../choice.ts';
import { onlySaid } from '../dry-run.ts';
import type { Io } from '../io.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, given, instant, type Paged, paged, repeated } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { counted, moment, yesNo } from '../words.ts';

const columns: readonly Column<Destination>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['url', ({ url }) => url],
  ['signed', ({ signed }) => yesNo(signed)],
  ['disabled', ({ disabled }) => (disabled === null ? 'no' : disabled.because)],
  ['failing since', ({ failingSince }) => moment(failingSince)],
];

const deliveryColumns: readonly Column<Delivery>[] = [
  ['id', ({ id }) => id],
  ['event', ({ event }) => event],
  ['status', ({ status }) => status],
  ['tries', ({ tries }) => String(tries)],
  ['created', ({ createdAt }) => moment(createdAt)],
  [
    'last answer',
    ({ lastAttempt }) => (lastAttempt === null ? '-' : String(lastAttempt.status ?? lastAttempt.problem)),
  ],
];

/** `webhook`: where events are pushed to. */
export const registerWebhook: Register = (program, io) => {
  const webhook = program.command('webhook').description('where events are pushed to (docs/webhooks.md)');
  paged(webhook.command('list').description('list the destinations')).action(
    online(io, async (on, { limit }: Paged) =>
      printPages(on, limit, (query) => on.client.listDestinations({ query }), columns),
    ),
  );
  webhook
    .command('show')
    .description('show a destination, without its secrets')
    .argument('<webhook>', 'its id')
    .action(
      online(io, async (on, destination: string) =>
        on.print.one(await on.client.getDestination({ params: { destination } }), columns),
      ),
    );
  registerCreate(webhook, io);
  registerActions(webhook, io);
  registerDeliveries(webhook, io);
};

type New = DryRun & {
  readonly name?: string;
  readonly event?: readonly string[];
  readonly campaign?: string;
};

const registerCreate = (webhook: Command, io: Io): void => {
  changing(
    webhook.command('create').description('push events to a URL; the secret that signs is shown this once'),
  )
    .argument('<url>')
    .option('--name <name>', 'what it is called; its host unless it is given')
    .option('--event <type>', 'only these events; repeat it for several', repeated)
    .option('--campaign <campaign>', 'only events of this campaign')
    .action(
      online(io, async (on, url: string, { name, event = [], campaign, dryRun }: New) => {
        const called = name ?? (URL.canParse(url) ? new URL(url).host : url);
        if (await onlySaid(on, given({ dryRun }), `push events to ${url}`, { event, campaign })) return;
        const made = await on.client.createDestination({ body: { name: called, url } });
        const subscription = await on.client.createSubscription({
          body: { destination: made.id, only: [...event], ...given({ campaign }) },
        });
        io.err('the secret is shown this once\n');
        await on.print.one({ ...made, subscription: subscription.id }, [
          ['id', ({ id }) => id],
          ['url', (one) => one.url],
          ['secret', ({ secret }) => secret ?? '-'],
        ]);
      }),
    );
  changing(
    webhook.command('delete').description('delete a destination, its subscriptions and what waits for it'),
  )
    .argument('<webhook>', 'its id')
    .action(
      online(io, async (on, destination: string, options: DryRun) => {
        const params = { destination };
        const { revision, url } = await on.client.getDestination({ params });
        if (await onlySaid(on, options, `push nothing to ${url} any more`)) return;
        await on.client.deleteDestination({ params, expected: revision });
        io.err(`${url} was deleted\n`);
      }),
    );
};

const registerActions = (webhook: Command, io: Io): void => {
  webhook
    .command('test')
    .description('send a signed ping now, and show what happened')
    .argument('<webhook>', 'its id')
    .action(
      online(io, async (on, destination: string) => {
        const result = await on.client.testDestination({ params: { destination } });
        await on.print.one(result, [
          ['delivered', ({ delivered }) => yesNo(delivered)],
          ['status', ({ status }) => String(status ?? '-')],
          ['problem', ({ problem }) => problem || '-'],
          ['took', ({ tookMilliseconds }) => `${tookMilliseconds} ms`],
        ]);
        if (!result.delivered) io.endWith('failed');
      }),
    );
  webhook
    .command('enable')
    .description('send again what waits and what comes')
    .argument('<webhook>', 'its id')
    .action(
      online(io, async (on, destination: string) =>
        on.print.one(await on.client.enableDestination({ params: { destination } }), columns),
      ),
    );
  webhook
    .command('disable')
    .description('send nothing until it is enabled; what would be sent waits')
    .argument('<webhook>', 'its id')
    .option('--because <text>')
    .action(
      online(io, async (on, destination: string, { because }: { readonly because?: string }) =>
        on.print.one(
          await on.client.disableDestination({ params: { destination }, body: given({ because }) }),
          columns,
        ),
      ),
    );
};

const statuses = ['waiting', 'delivered', 'dead'] as const;
type Filter = Paged & { readonly webhook?: string; readonly status?: readonly (typeof statuses)[number][] };

const registerDeliveries = (webhook: Command, io: Io): void => {
  paged(webhook.command('deliveries').description('list what was pushed or is to be, newest first'))
    .option('--webhook <webhook>', 'of this destination alone')
    .option('--status <status>', statuses.join(', '), choices(statuses))
    .action(
      online(io, async (on, { limit, webhook: destination, status }: Filter) =>
        printPages(
          on,
          limit,
          (page) =>
            on.client.listDeliveries({
              query: {
                ...page,
                ...given({ destination }),
                ...(status !== undefined && { status: [...status] }),
              },
            }),
          deliveryColumns,
        ),
      ),
    );
  changing(
    webhook.command('replay').description('send again what was created in a range of time and given up'),
  )
    .argument('<webhook>', 'its id')
    .requiredOption('--from <instant>', 'created from then on', instant)
    .requiredOption('--to <instant>', 'and before then', instant)
    .action(
      online(
        io,
        async (
          on,
          destination: string,
          { from, to, ...options }: DryRun & { readonly from: string; readonly to: string },
        ) => {
          if (await onlySaid(on, options, `send again what was given up from ${from} to ${to}`)) return;
          const { count } = await on.client.replayDestination({
            params: { destination },
            body: { from, to },
          });
          await on.print.text({ count }, `${counted(count, 'delivery', 'deliveries')} will be sent again\n`);
        },
      ),
    );
};
