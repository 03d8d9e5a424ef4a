export type DocumentRow = {
  account: number;
  kind: string;
  key: number;
  id: string;
  name: string;
  folded: string;
  body: string;
  created_by: string;
  created_at: number;
  version: number;
};

export type DestinationRow = {
  account: number;
  key: number;
  id: string;
  name: string;
  folded: string;
  settings: string;
  created_by: string;
  created_at: number;
  version: number;
};

/** `campaign` 0: of the account as a whole. */
export type SubscriptionRow = {
  account: number;
  key: number;
  id: string;
  destination_id: string;
  campaign: number;
  campaign_id: string | null;
  wire: number;
  topic: string;
  settings: string;
  created_by: string;
  created_at: number;
  version: number;
};

/** `campaign` and `device` 0: none. */
export type DeliveryRow = {
  account: number;
  key: number;
  id: string;
  destination: number;
  subscription: number;
  campaign: number;
  device: number;
  seq: number;
  event: string;
  body: string;
  latest_only: number;
  created_at: number;
  due_at: number;
  status: number;
  tries: number;
  attempts: string | null;
  /** Whether an earlier one of its lane waits. */
  behind: number;
  /** Until when whoever claimed it has it; 0 when nobody did. */
  lease: number;
};

/** What a claim has to know of a destination. It goes with the destination. */
export type DeliveryQueueRow = {
  account: number;
  destination: number;
  strict: number;
  disabled: number;
  /** Nothing can be claimed before; NULL while nothing waits. */
  next_at: number | null;
  /** The one that was served last has the largest number. */
  served: number;
};

/** Ids of destinations and subscriptions by their keys, kept for as long as a delivery needs them. */
export type DeliveryNameRow = {
  account: number;
  key: number;
  id: string;
  /** Once it was dropped: only deliveries with smaller keys are of it. */
  gone: number | null;
};
