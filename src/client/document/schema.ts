import { campaignSchema as schema } from '../../wire/muster/campaign-document.ts';
import type { Schema } from './check.ts';

/** The JSON Schema of a campaign as a document, as docs/campaign.schema.json has it. */
// What the wire describes uses nothing else of JSON Schema.
export const campaignSchema = schema as Schema;
