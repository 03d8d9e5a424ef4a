import { writeFile } from 'node:fs/promises';
import { readTitles } from '../client/document/names.ts';
import { planOfCampaign } from '../client/document/plan.ts';
import { documentOf, documentText } from '../client/document/write.ts';
import type { CampaignDocument } from '../wire/muster/campaign-document.ts';
import type { Campaign } from '../wire/muster/campaigns.ts';
import { membersOf } from './campaign-plan.ts';
import type { Online } from './online.ts';
import { counted } from './words.ts';

/** So many devices are named in a document itself. */
const MOST_INSIDE = 1_000;

/** Prints a campaign as a document; devices that were added by hand are in it, or in a file beside it. */
export const exportCampaign = async (
  on: Online,
  campaign: Campaign,
  file: string | undefined,
): Promise<void> => {
  const plan = planOfCampaign(campaign);
  const titles = await readTitles(on.client, plan);
  const devices = 'expression' in plan.target ? undefined : await membersOf(on.client, campaign.id);
  const inside =
    devices !== undefined && file === undefined && devices.length <= MOST_INSIDE ? devices : undefined;
  const document = documentOf(plan, titles, inside);
  if (devices !== undefined && file !== undefined) {
    await writeFile(file, devices.map((id) => `${id}\n`).join(''));
    return print(on, withFile(document, file));
  }
  if (devices !== undefined && inside === undefined) {
    on.io.err(
      `note: its ${counted(devices.length, 'device')} are left alone; --devices-file <file> names them\n`,
    );
  }
  await print(on, document);
};

const withFile = (document: CampaignDocument, file: string): CampaignDocument => ({
  ...document,
  spec: { ...document.spec, target: { by: 'hand', file } },
});

const print = ({ print: { text } }: Online, document: CampaignDocument): Promise<void> =>
  text(document, documentText(document));
