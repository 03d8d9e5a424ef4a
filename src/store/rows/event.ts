import type { Actor, EventBody, StoredEvent } from '../../app/event-records.ts';
import { type Wire, wires } from '../../app/origin.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { MisfitError } from '../engine.ts';
import type { EventRow } from '../tables.ts';
import { asKey, indexOf, parse, wordAt } from './codec.ts';

// The index is what the store keeps. Append only.
const actorKinds = ['server', 'user', 'device'] as const;

/** Of how many devices an event names each; of more it only says how many. */
export const MOST_TOLD = 1_000;

/**
 * With the body as a value, as the rows of a list are handed to the engine; in place of its number, by how much that is
 * below the next one of the account.
 */
export type EventCells = Omit<EventRow, 'seq' | 'body'> & { readonly back: number; readonly body: EventBody };

/** As it is kept: of where somebody called from no more than the wire. */
export const bareActor = (actor: Actor): Actor =>
  actor.kind === 'server' ? { kind: actor.kind } : { kind: actor.kind, id: actor.id };

/** The wire that somebody called or reported over. */
export const wireOf = (actor: Actor): Wire | undefined => {
  if (actor.kind === 'server') return undefined;
  return actor.kind === 'user' ? actor.origin?.wire : actor.wire;
};

const wireIndex = (wire: Wire | undefined): number => (wire === undefined ? 0 : indexOf(wires, wire) + 1);

/** 0 stands for no campaign and no device: keys count from 1. */
export const toEventCells = (
  event: Omit<StoredEvent, 'account' | 'seq'>,
  account: AccountKey,
  back: number,
): EventCells => ({
  account,
  back,
  at: event.at,
  actor_kind: indexOf(actorKinds, event.actor.kind),
  wire: wireIndex(wireOf(event.actor)),
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
  ...(row.wire > 0 && { wire: wordAt(wires, row.wire - 1) }),
});
