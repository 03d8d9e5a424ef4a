import type { Actor, EventBody, StoredEvent } from '../../app/records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { MisfitError } from '../engine.ts';
import type { EventRow } from '../tables.ts';
import { asKey, indexOf, parse, wordAt } from './codec.ts';

// The index is what the store keeps. Append only.
const actorKinds = ['server', 'user', 'device'] as const;

/** With the body as a value, as the rows of a list are handed to the engine. */
export type EventCells = Omit<EventRow, 'body'> & { readonly body: EventBody };

/** 0 stands for no campaign and no device: keys count from 1. */
export const toEventCells = (
  event: Omit<StoredEvent, 'account' | 'seq'>,
  account: AccountKey,
  seq: number,
): EventCells => ({
  account,
  seq,
  at: event.at,
  actor_kind: indexOf(actorKinds, event.actor.kind),
  actor_id: event.actor.kind === 'server' ? null : event.actor.id,
  campaign: event.campaign ?? 0,
  device: event.device ?? 0,
  body: event.body,
});

const actorOf = (row: EventRow): Actor => {
  const kind = wordAt(actorKinds, row.actor_kind);
  if (kind === 'server') return { kind };
  if (row.actor_id === null) throw new MisfitError(`event ${row.account}/${row.seq} has no actor`);
  return { kind, id: row.actor_id };
};

export const fromEventRow = (row: EventRow): StoredEvent => ({
  account: asKey(row.account),
  seq: row.seq,
  at: row.at,
  actor: actorOf(row),
  campaign: row.campaign === 0 ? null : asKey(row.campaign),
  device: row.device === 0 ? null : asKey(row.device),
  body: parse<EventBody>(row.body),
});
