import type {
  Destination,
  StoredDestination,
  StoredSubscription,
  Subscription,
} from '../../app/delivery-records.ts';
import type { StoredDocument, WireDocument } from '../../app/records.ts';
import type { DestinationRow, DocumentRow, SubscriptionRow } from '../push-tables.ts';
import { asKey, folded, indexOf, parse, wordAt } from './codec.ts';

export const toDocumentRow = (document: WireDocument): Omit<DocumentRow, 'account' | 'key' | 'version'> => ({
  kind: document.kind,
  id: document.id,
  name: document.name,
  folded: folded(document.name),
  body: JSON.stringify(document.body ?? null),
  created_by: document.createdBy,
  created_at: document.createdAt,
});

export const fromDocumentRow = (row: DocumentRow): StoredDocument => ({
  key: row.key,
  version: row.version,
  kind: row.kind,
  id: row.id,
  name: row.name,
  body: parse<unknown>(row.body),
  createdBy: row.created_by,
  createdAt: row.created_at,
});

/** All of a destination that no query looks into. */
type DestinationSettings = Omit<Destination, 'id' | 'name' | 'createdBy' | 'createdAt'>;

const settingsOf = (destination: Destination): DestinationSettings => ({
  description: destination.description,
  url: destination.url,
  headers: destination.headers,
  authentication: destination.authentication,
  secrets: destination.secrets,
  olderSecretsUntil: destination.olderSecretsUntil,
  trust: destination.trust,
  order: destination.order,
  timeout: destination.timeout,
  retry: destination.retry,
  disabled: destination.disabled,
  failingSince: destination.failingSince,
  revision: destination.revision,
});

/** Passwords, tokens and signing secrets are kept as they are, since they are sent or signed with. */
export const toDestinationRow = (
  destination: Destination,
): Omit<DestinationRow, 'account' | 'key' | 'version'> => ({
  id: destination.id,
  name: destination.name,
  folded: folded(destination.name),
  settings: JSON.stringify(settingsOf(destination)),
  created_by: destination.createdBy,
  created_at: destination.createdAt,
});

export const fromDestinationRow = (row: DestinationRow): StoredDestination => ({
  ...parse<DestinationSettings>(row.settings),
  key: row.key,
  version: row.version,
  id: row.id,
  name: row.name,
  createdBy: row.created_by,
  createdAt: row.created_at,
});

// The index is what the store keeps. Append only.
const wires = ['muster', 'pulse', 'thingspace'] as const satisfies readonly Subscription['wire'][];

type SubscriptionSettings = Pick<Subscription, 'only' | 'path' | 'headers' | 'template'>;

const manner = ({ only, path, headers, template }: Subscription): SubscriptionSettings => ({
  ...{ only, path, headers, template },
});

export const toSubscriptionRow = (
  subscription: Subscription,
): Omit<SubscriptionRow, 'account' | 'key' | 'version'> => ({
  id: subscription.id,
  destination_id: subscription.destinationId,
  campaign: subscription.campaign ?? 0,
  campaign_id: subscription.campaignId,
  wire: indexOf(wires, subscription.wire),
  topic: subscription.topic,
  settings: JSON.stringify(manner(subscription)),
  created_by: subscription.createdBy,
  created_at: subscription.createdAt,
});

export const fromSubscriptionRow = (row: SubscriptionRow): StoredSubscription => ({
  ...parse<SubscriptionSettings>(row.settings),
  version: row.version,
  id: row.id,
  destinationId: row.destination_id,
  campaign: row.campaign === 0 ? null : asKey(row.campaign),
  campaignId: row.campaign_id,
  wire: wordAt(wires, row.wire),
  topic: row.topic,
  createdBy: row.created_by,
  createdAt: row.created_at,
});
