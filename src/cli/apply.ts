import type { Client } from '../client/muster.ts';
import type { Campaign } from '../wire/muster/campaigns.ts';
import { campaignDetails } from './campaign-columns.ts';
import { type Intent, isDone } from './campaign-plan.ts';
import { CliError } from './cli-error.ts';
import { inPieces } from './ids-in-pieces.ts';
import type { Online } from './online.ts';
import { given } from './options.ts';
import { insistOnEditable } from './show-intent.ts';
import { type Following, followUntilOver } from './watch.ts';
import { counted } from './words.ts';

type Options = Following & { readonly start?: true; readonly yes?: true; readonly wait?: true };

/** Makes a campaign what a document says. What is so already is left alone. */
export const apply = async (on: Online, intent: Intent, options: Options): Promise<void> => {
  const { client, io } = on;
  insistOnEditable(intent);
  const campaign = await saved(client, intent);
  await moveDevices(client, campaign, intent);
  io.err(`${doneText(intent, campaign)}\n`);
  const after = options.start ? await started(client, campaign, options) : campaign;
  if (options.wait) return followUntilOver(on, after.id, options);
  await on.print.one(await client.getCampaign({ params: { campaign: after.id } }), campaignDetails);
};

const saved = async (client: Client, { plan, campaign, patch, changes }: Intent): Promise<Campaign> => {
  if (campaign === undefined) return client.createCampaign({ body: plan });
  if (changes.length === 0) return campaign;
  return client.editCampaign({ params: { campaign: campaign.id }, body: patch, expected: campaign.revision });
};

const moveDevices = async (client: Client, { id }: Campaign, { add, remove }: Intent): Promise<void> => {
  const params = { campaign: id };
  for (const devices of inPieces(add)) await client.addCampaignDevices({ params, body: { devices } });
  for (const devices of inPieces(remove)) await client.removeCampaignDevices({ params, body: { devices } });
};

const doneText = (intent: Intent, { name }: Campaign): string => {
  if (isDone(intent)) return `"${name}" is what the document says; nothing was changed`;
  const { campaign, changes, add, remove } = intent;
  const parts = [
    campaign === undefined ? 'created' : `${counted(changes.length, 'change')}`,
    ...(add.length === 0 ? [] : [`${counted(add.length, 'device')} added`]),
    ...(remove.length === 0 ? [] : [`${counted(remove.length, 'device')} taken out`]),
  ];
  return `"${name}": ${parts.join(', ')}`;
};

/** Why a campaign is not started, and what to do; those that were halted wait for a person to look. */
const halts: Readonly<Partial<Record<Campaign['status'], readonly [why: string, verb: string]>>> = {
  'awaiting-approval': ['waits for approval', 'approve'],
  paused: ['is paused', 'resume'],
  stopped: ['is stopped', 'start'],
};

const started = async (client: Client, before: Campaign, { yes }: Options): Promise<Campaign> => {
  const params = { campaign: before.id };
  const campaign = await client.getCampaign({ params });
  const halt = halts[campaign.status];
  if (halt !== undefined) {
    const [why, verb] = halt;
    throw new CliError(`"${campaign.name}" was applied, but ${why}; it was not started`, {
      ending: 'refused',
      next: `muster campaign ${verb} ${campaign.id}`,
    });
  }
  if (campaign.status === 'running') return campaign;
  return client.startCampaign({ params, expected: campaign.revision, query: given({ confirm: yes }) });
};
