import type { AuditedChange, AuditNote, AuditObject } from './audit-entry.ts';
import { shownOf } from './audit-shown.ts';
import type { EventBody, NewEvent } from './event-records.ts';
import type { Change } from './writes.ts';

type EventType = EventBody['type'];

/** What events of each type are about. A new type does not compile until it is here. */
const objects: Readonly<Record<EventType, AuditObject>> = {
  'account-created': 'account',
  'account-changed': 'account',
  'campaign-created': 'campaign',
  'campaign-edited': 'campaign',
  'campaign-approval-given': 'campaign',
  'campaign-approved': 'campaign',
  'campaign-rejected': 'campaign',
  'campaign-scheduled': 'campaign',
  'campaign-started': 'campaign',
  'campaign-paused': 'campaign',
  'campaign-resumed': 'campaign',
  'campaign-stopped': 'campaign',
  'campaign-cancelled': 'campaign',
  'campaign-ended': 'campaign',
  'campaign-failed': 'campaign',
  'campaign-deleted': 'campaign',
  'campaign-waves-sized': 'campaign',
  'campaign-wave-met': 'campaign',
  'campaign-wave-opened': 'campaign',
  'campaign-rule-tripped': 'campaign',
  'campaign-scope-held': 'campaign',
  'campaign-scope-released': 'campaign',
  'campaign-rolled-back': 'campaign',
  'update-added': 'update',
  'updates-added': 'campaign',
  'update-moved': 'update',
  'update-slot-set': 'update',
  'update-packages-set': 'update',
  'update-admitted': 'update',
  'update-nudged': 'update',
  'update-progressed': 'update',
  'update-retried': 'update',
  'update-recalled': 'update',
  'update-queued': 'update',
  'update-recall-refused': 'update',
  'updates-recalled': 'campaign',
  'update-closed': 'update',
  'updates-closed': 'campaign',
  'device-registered': 'device',
  'devices-imported': 'account',
  'device-changed': 'device',
  'device-deleted': 'device',
  'device-contradicted': 'device',
  'device-accepted': 'device',
  'device-auto-confirm-set': 'device',
  'gateway-token-issued': 'gateway-token',
  'gateway-token-revoked': 'gateway-token',
  'credential-issued': 'credential',
  'credential-revoked': 'credential',
  'package-uploaded': 'package',
  'package-changed': 'package',
  'package-deleted': 'package',
  'query-saved': 'query',
  'query-deleted': 'query',
  'document-saved': 'document',
  'document-deleted': 'document',
  'destination-saved': 'destination',
  'destination-deleted': 'destination',
  'destination-disabled': 'destination',
  'subscription-saved': 'subscription',
  'subscription-deleted': 'subscription',
  'user-added': 'user',
  'user-changed': 'user',
  'user-removed': 'user',
  'user-locked-out': 'user',
  'role-saved': 'role',
  'role-deleted': 'role',
  'token-issued': 'token',
  'token-revoked': 'token',
};

/** What the server does to one device on its way is history: a fleet makes millions of such steps. */
const isJourney = (type: EventType): boolean => objects[type] === 'update' || type === 'device-contradicted';

/** Whether an event is put into the audit chain: what people do, and what the server decides. Devices only report. */
export const isAudited = ({ actor, body }: Pick<NewEvent, 'actor' | 'body'>): boolean =>
  actor.kind === 'user' || (actor.kind === 'server' && !isJourney(body.type));

const objectOf = (body: EventBody): AuditNote['object'] => {
  const kind = objects[body.type];
  if (kind === 'campaign' || kind === 'update') return { kind, id: null };
  if ('user' in body) return { kind, id: body.user };
  return { kind, id: 'id' in body ? body.id : null };
};

/** The plan of an edited campaign is told as what changed of it. */
const dataOf = (body: EventBody): AuditNote['data'] => {
  const { type: _, ...data } = body;
  if (body.type !== 'campaign-edited') return data;
  const { digest, by, approvalLapsed } = body;
  return { digest, by, approvalLapsed };
};

/** What an event says, with the changes that are told with it. */
export const noteOf = (event: NewEvent, changes: readonly AuditedChange[] = []): AuditNote => ({
  at: event.at,
  actor: event.actor,
  action: event.body.type,
  object: objectOf(event.body),
  campaign: event.campaign,
  device: event.device,
  data: dataOf(event.body),
  changes,
});

/**
 * The audited events of a change with what its writes changed: each record with the event that is about it, and with
 * the first where there is none.
 */
export const changesOf = ({ events, writes }: Change): ReadonlyMap<NewEvent, readonly AuditedChange[]> => {
  const audited = events.filter(isAudited);
  const told = new Map<NewEvent, AuditedChange[]>();
  const [first] = audited;
  if (first === undefined) return told;
  for (const write of writes) {
    const change = shownOf(write);
    if (change === undefined) continue;
    const about = audited.find((event) => isAbout(event, change)) ?? first;
    told.set(about, [...(told.get(about) ?? []), change]);
  }
  return told;
};

const isAbout = ({ body }: NewEvent, { kind, id }: AuditedChange): boolean => {
  const object = objectOf(body);
  return object.kind === kind && (object.id === null || object.id === id);
};
