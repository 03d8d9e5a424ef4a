import type { Command } from 'commander';
import { campaignSchema } from '../../client/document/schema.ts';
import { apply } from '../apply.ts';
import { intentOf, isDone } from '../campaign-plan.ts';
import { exportCampaign } from '../export.ts';
import { findCampaign } from '../find.ts';
import type { Io } from '../io.ts';
import { loadDocument } from '../load-document.ts';
import { online } from '../online.ts';
import { changing, type DryRun } from '../options.ts';
import { showIntent } from '../show-intent.ts';
import { type Following, following } from '../watch.ts';

type Choice = { readonly campaign?: string; readonly new?: true };

const choosing = (command: Command): Command =>
  command
    .option(
      '--campaign <campaign>',
      'id or name of the campaign that is meant, in place of the one that the document names',
    )
    .option('--new', 'create another campaign where the one of this name is over');

/** Campaigns as documents: `plan`, `apply`, `export`, `validate` and `schema`. */
export const registerDocuments = (campaign: Command, io: Io): void => {
  choosing(campaign.command('plan').description('say what applying a document would change; changes nothing'))
    .argument('<file>', 'a document in YAML or JSON, or - for standard input')
    .option('--check', 'end with code 8 where something would change')
    .action(
      online(io, async (on, path: string, { check, ...choice }: Choice & { readonly check?: true }) => {
        const intent = await intentOf(on.client, await loadDocument(path, io), choice);
        await showIntent(on, intent);
        if (check && !isDone(intent)) io.endWith('differs');
      }),
    );
  following(changing(choosing(campaign.command('apply').description('make a campaign what a document says'))))
    .argument('<file>', 'a document in YAML or JSON, or - for standard input')
    .option('--start', 'start it then, unless it is under way')
    .option('--yes', 'start though the query matches no device, or all of them')
    .option('--wait', 'watch it until it is over; the exit code says how')
    .action(
      online(
        io,
        async (
          on,
          path: string,
          {
            dryRun,
            ...options
          }: Choice &
            DryRun &
            Following & { readonly start?: true; readonly yes?: true; readonly wait?: true },
        ) => {
          const intent = await intentOf(on.client, await loadDocument(path, io), options);
          if (dryRun) return showIntent(on, intent);
          await apply(on, intent, options);
        },
      ),
    );
  campaign
    .command('export')
    .description('print a campaign as a document that changes nothing when it is applied')
    .argument('<campaign>', 'id or name')
    .option('--devices-file <file>', 'write the ids of devices that were added by hand into this file')
    .action(
      online(io, async (on, word: string, { devicesFile }: { readonly devicesFile?: string }) =>
        exportCampaign(on, await findCampaign(on.client, word), devicesFile),
      ),
    );
  campaign
    .command('validate')
    .description('check a document without a server')
    .argument('<file>', 'a document in YAML or JSON, or - for standard input')
    .action(async (path: string) => {
      const { document } = await loadDocument(path, io);
      io.err(`${path} is the campaign "${document.name}"\n`);
    });
  campaign
    .command('schema')
    .description('print the JSON Schema of documents, for editors')
    .action(() => io.out(`${JSON.stringify(campaignSchema, null, 2)}\n`));
};
