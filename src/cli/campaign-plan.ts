import { type Difference, differences, needsApproval, patchOf } from '../client/document/diff.ts';
import { NameError, placeOfName, readNames } from '../client/document/names.ts';
import { planOf, planOfCampaign } from '../client/document/plan.ts';
import type { Client } from '../client/muster.ts';
import type { CampaignDocument } from '../wire/muster/campaign-document.ts';
import type { Campaign, CampaignPatch, CampaignPlan } from '../wire/muster/campaigns.ts';
import { CliError } from './cli-error.ts';
import { campaignsNamed, findCampaign } from './find.ts';
import { collect } from './lists.ts';
import type { Loaded } from './load-document.ts';

/** What has to be done so that a server has what a document says. */
export type Intent = {
  readonly plan: CampaignPlan;
  /** The campaign that is to change; `undefined` where one is to be created. */
  readonly campaign: Campaign | undefined;
  readonly changes: readonly Difference[];
  readonly patch: CampaignPatch;
  readonly add: readonly string[];
  readonly remove: readonly string[];
};

export type Choice = { readonly campaign?: string; readonly new?: true };

const finals: readonly string[] = ['ended', 'cancelled', 'rejected', 'failed'];

/** Whether nothing has to be done. */
export const isDone = ({ campaign, changes, add, remove }: Intent): boolean =>
  campaign !== undefined && changes.length === 0 && add.length === 0 && remove.length === 0;

/** Compares a document with what the server has. */
export const intentOf = async (client: Client, loaded: Loaded, choice: Choice): Promise<Intent> => {
  const { document } = loaded;
  const plan = await resolved(client, loaded);
  const campaign = await meant(client, document, choice);
  if (campaign === undefined) {
    return { plan, campaign, changes: [], patch: {}, add: loaded.devices ?? [], remove: [] };
  }
  const was = planOfCampaign(campaign);
  const moved = await movedDevices(client, campaign, loaded.devices);
  const intent = { plan, campaign, changes: differences(was, plan), patch: patchOf(was, plan), ...moved };
  if (!finals.includes(campaign.status) || isDone(intent)) return intent;
  if (choice.new)
    return { plan, campaign: undefined, changes: [], patch: {}, add: loaded.devices ?? [], remove: [] };
  throw new CliError(
    `the campaign "${campaign.name}" is ${campaign.status}; it cannot become what the document says`,
    {
      ending: 'refused',
      next: 'the same command with --new, which creates another campaign of this name',
    },
  );
};

const resolved = async (client: Client, { document, flawAt }: Loaded): Promise<CampaignPlan> => {
  try {
    return planOf(document, await readNames(client, document));
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new CliError(flawAt(placeOfName(document, error), error.message), {
      ending: 'refused',
      next:
        error.noun === 'package'
          ? 'muster package list, or muster package upload <file>'
          : 'muster query list',
    });
  }
};

/** The campaign of the document's name: the one that is not over, else the latest. */
const meant = async (
  client: Client,
  { name }: CampaignDocument,
  choice: Choice,
): Promise<Campaign | undefined> => {
  if (choice.campaign !== undefined) return findCampaign(client, choice.campaign);
  const named = await campaignsNamed(client, name);
  const open = named.filter(({ status }) => !finals.includes(status));
  if (open.length <= 1) return open[0] ?? named.at(-1);
  throw new CliError(`several campaigns are called "${name}": ${open.map(({ id }) => id).join(', ')}`, {
    ending: 'refused',
    next: 'the same command with --campaign <id>',
  });
};

/** Everybody who is in a campaign and was not taken out. */
export const membersOf = async (client: Client, campaign: string): Promise<readonly string[]> => {
  const { items } = await collect(Number.POSITIVE_INFINITY, (query) =>
    client.listCampaignDevices({ params: { campaign }, query }),
  );
  return items.filter(({ outcome }) => outcome !== 'removed').map(({ device }) => device);
};

const movedDevices = async (
  client: Client,
  { id }: Campaign,
  devices: readonly string[] | undefined,
): Promise<Pick<Intent, 'add' | 'remove'>> => {
  if (devices === undefined) return { add: [], remove: [] };
  const [is, wanted] = [new Set(await membersOf(client, id)), new Set(devices)];
  return { add: devices.filter((one) => !is.has(one)), remove: [...is].filter((one) => !wanted.has(one)) };
};

const policies: Readonly<Record<Campaign['approvalPolicy'], string>> = {
  none: 'nobody has to approve it',
  one: 'one person has to approve it, who may be its author',
  another: 'another person than its author has to approve it',
  'two-others': 'two people other than its author have to approve it',
};

export type Approvals = {
  readonly policy: Campaign['approvalPolicy'];
  /** Whether somebody has to approve before it can start, or go on. */
  readonly needed: boolean;
  /** Approvals that were given and would count no longer. */
  readonly lapsing: number;
  readonly sentence: string;
};

/** Who has to approve what would be applied. */
export const approvalsOf = async (client: Client, { campaign, patch }: Intent): Promise<Approvals> => {
  const policy = campaign?.approvalPolicy ?? (await policyOfAccount(client));
  const asked = campaign === undefined || needsApproval(patch) || campaign.status === 'awaiting-approval';
  const needed = policy !== 'none' && asked;
  const lapsing =
    campaign !== undefined && needsApproval(patch) && policy !== 'none' ? campaign.approvals.length : 0;
  const lapse = lapsing === 0 ? '' : `; ${lapsing} given so far will not count any more`;
  return { policy, needed, lapsing, sentence: needed ? policies[policy] + lapse : 'no approval is needed' };
};

const policyOfAccount = async (client: Client): Promise<Campaign['approvalPolicy']> => {
  const { account } = await client.getSession({});
  // Whoever may not read the account learns it when the campaign is there.
  return client.getAccount({ params: { account: account.id } }).then(
    ({ approvalPolicy }) => approvalPolicy,
    () => 'none',
  );
};
