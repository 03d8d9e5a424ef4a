import { hash } from 'node:crypto';
import { derivedUuid } from '../../app/derived-uuid.ts';
import type { StoredEvent } from '../../app/event-records.ts';
import type { Telling } from '../../app/fan-out.ts';
import type { StoredCampaign, StoredDevice } from '../../app/records.ts';
import { campaignStatusOf, type GatewayState } from './states.ts';

/** What this wire calls back about. */
export type CallbackEvent =
  | 'STATE_CHANGE'
  | 'WAKE_UP'
  | 'DOWNLOAD_PROGRESS'
  | 'EXECUTION_PROGRESS'
  | 'CAMPAIGN_COMPLETED'
  | 'GATEWAYS_ADDED';

/**
 * The body of a callback (reference 5.3): the members of a notification instance, and those that only some events
 * have. Instants and counts are decimal text, as everywhere on this wire.
 */
export type Payload = Readonly<Record<string, unknown>> & {
  readonly eventId: string;
  readonly event: CallbackEvent;
  readonly timestamp: string;
  readonly campaignId: string;
  /** Empty where it is about the campaign as a whole. */
  readonly gatewayId: string;
  readonly state: string;
  readonly previousState: string;
};

/** What a renderer gets where the campaign is still there. */
export type CampaignTelling = Telling & { readonly campaign: StoredCampaign };

/** What happened, in which campaign; events are numbered within their account. */
export type Happened = {
  readonly account: Pick<CampaignTelling['account'], 'id'>;
  readonly campaign: StoredCampaign;
  readonly event: Pick<StoredEvent, 'seq' | 'at'>;
};
type Gateway = Pick<StoredDevice, 'id' | 'name'>;

const hashing = { sha256: (text: string): string => hash('sha256', text, 'hex') };

/** The same for everybody who is told of the same. */
const eventIdOf = ({ account, event }: Happened, word: CallbackEvent, gatewayId: string): string =>
  derivedUuid(hashing, 'pulse callback', account.id, event.seq, word, gatewayId);

const detailsOf = ({ id, plan }: StoredCampaign) => [
  { key: 'campaignId', valueString: id },
  { key: 'campaignName', valueString: plan.name },
];

/** About one gateway; `previous` is empty where it did not come from another state. */
export const gatewayPayload = (
  happened: Happened,
  word: CallbackEvent,
  { id, name }: Gateway,
  { state, previous }: { readonly state: GatewayState; readonly previous: GatewayState | '' },
  more: Readonly<Record<string, unknown>> = {},
): Payload => ({
  eventId: eventIdOf(happened, word, id),
  event: word,
  timestamp: `${happened.event.at}`,
  campaignId: happened.campaign.id,
  gatewayId: id,
  state,
  previousState: previous,
  entityType: 'CAMPAIGN_GATEWAY',
  entityId: id,
  entityName: name === '' ? id : name,
  entityState: state,
  additionalDetails: detailsOf(happened.campaign),
  ...more,
});

/** About the campaign as a whole. */
export const campaignPayload = (
  happened: Happened,
  word: CallbackEvent,
  more: Readonly<Record<string, unknown>>,
): Payload => {
  const { campaign, event } = happened;
  const state = campaignStatusOf(campaign.status, campaign.policy);
  return {
    eventId: eventIdOf(happened, word, ''),
    event: word,
    timestamp: `${event.at}`,
    campaignId: campaign.id,
    gatewayId: '',
    state,
    previousState: '',
    entityType: 'CAMPAIGN',
    entityId: campaign.id,
    entityName: campaign.plan.name,
    entityState: state,
    additionalDetails: detailsOf(campaign),
    ...more,
  };
};
