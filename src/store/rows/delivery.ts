import type { Delivery, DeliveryAttempt, StoredDelivery } from '../../app/delivery-records.ts';
import type { DeliveryRow } from '../push-tables.ts';
import { asKey, flag, indexOf, parse, wordAt } from './codec.ts';

// The index is what the store keeps. Append only. The conditions of the indexes name 0 and 1.
const statuses = ['waiting', 'delivered', 'dead'] as const satisfies readonly Delivery['status'][];

export const statusIndex = (status: Delivery['status']): number => indexOf(statuses, status);

/** The keys of what a delivery is for. */
export type DeliveryKeys = Pick<DeliveryRow, 'account' | 'key' | 'destination' | 'subscription' | 'behind'>;

/** With the attempts as a value, as the rows of a list are handed to the engine. */
export type DeliveryCells = Omit<DeliveryRow, 'attempts' | 'lease'> & {
  readonly attempts: Delivery['attempts'] | null;
};

export const toAttemptsCell = (attempts: Delivery['attempts']): DeliveryCells['attempts'] =>
  attempts.length === 0 ? null : attempts;

/** 0 stands for no campaign and no device: keys count from 1. */
export const toDeliveryCells = (delivery: Delivery, keys: DeliveryKeys): DeliveryCells => ({
  ...keys,
  id: delivery.id,
  campaign: delivery.campaign ?? 0,
  device: delivery.device ?? 0,
  seq: delivery.seq,
  event: delivery.event,
  body: delivery.body,
  latest_only: flag(delivery.latestOnly),
  created_at: delivery.createdAt,
  due_at: delivery.dueAt,
  status: statusIndex(delivery.status),
  tries: delivery.tries,
  attempts: toAttemptsCell(delivery.attempts),
});

/** A row with the ids of its destination and subscription. */
export type NamedDeliveryRow = Omit<DeliveryRow, 'destination' | 'subscription' | 'behind' | 'lease'> & {
  readonly destination_id: string;
  readonly subscription_id: string;
};

export const attemptsOf = (json: string | null): Delivery['attempts'] =>
  json === null ? [] : parse<readonly DeliveryAttempt[]>(json);

export const fromDeliveryRow = (row: NamedDeliveryRow): StoredDelivery => ({
  account: asKey(row.account),
  id: row.id,
  destinationId: row.destination_id,
  subscriptionId: row.subscription_id,
  seq: row.seq,
  campaign: row.campaign === 0 ? null : asKey(row.campaign),
  device: row.device === 0 ? null : asKey(row.device),
  event: row.event,
  body: row.body,
  latestOnly: row.latest_only === 1,
  createdAt: row.created_at,
  dueAt: row.due_at,
  status: wordAt(statuses, row.status),
  attempts: attemptsOf(row.attempts),
  tries: row.tries,
});
