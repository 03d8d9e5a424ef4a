import { CampaignDocument } from '../../wire/muster/campaign-document.ts';
import type { Schema } from './check.ts';

/** The JSON Schema of a campaign as a document, as docs/campaign.schema.json has it. */
export const campaignSchema: Schema & { readonly $schema: string } = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...JSON.parse(JSON.stringify(CampaignDocument)),
};
