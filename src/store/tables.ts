import type {
  DeliveryNameRow,
  DeliveryQueueRow,
  DeliveryRow,
  DestinationRow,
  DocumentRow,
  SubscriptionRow,
} from './push-tables.ts';
import type { ProtocolSessionRow } from './rows/session.ts';

/**
 * The columns as both engines give them: JSON is text, flags and states are small integers, instants are
 * epoch milliseconds.
 */
export type Tables = {
  readonly accounts: AccountRow;
  readonly users: UserRow;
  readonly memberships: MembershipRow;
  readonly roles: RoleRow;
  readonly tokens: TokenRow;
  readonly devices: DeviceRow;
  readonly credentials: CredentialRow;
  readonly packages: PackageRow;
  readonly queries: QueryRow;
  readonly campaigns: CampaignRow;
  readonly campaign_packages: CampaignPackageRow;
  readonly campaign_counts: CampaignCountRow;
  readonly tallies: TallyRow;
  readonly updates: UpdateRow;
  readonly update_logs: UpdateLogRow;
  readonly transfers: TransfersRow;
  readonly events: EventRow;
  readonly audit: AuditRow;
  readonly audit_heads: AuditHeadRow;
  readonly outbox: OutboxRow;
  readonly documents: DocumentRow;
  readonly destinations: DestinationRow;
  readonly subscriptions: SubscriptionRow;
  readonly deliveries: DeliveryRow;
  readonly delivery_queues: DeliveryQueueRow;
  readonly delivery_names: DeliveryNameRow;
  readonly jobs: JobRow;
  readonly idempotency: IdempotencyRow;
  readonly protocol_sessions: ProtocolSessionRow;
  readonly fleet_history: FleetPointRow;
  readonly leases: LeaseRow;
  readonly uploads: UploadRow;
  readonly upload_pieces: UploadPieceRow;
  readonly sequences: SequenceRow;
  readonly migrations: MigrationRow;
};

export type AccountRow = {
  key: number;
  id: string;
  folded: string;
  name: string;
  policy: number;
  settings: string;
  device_access: string;
  freezes: string;
  created_at: number;
  version: number;
};

export type UserRow = {
  key: number;
  id: string;
  email: string;
  name: string;
  password_hash: string;
  server_administrator: number;
  disabled: number;
  failures: number;
  locked_until: number;
  created_at: number;
  version: number;
};

export type MembershipRow = { account: number; user: number; role_ids: string };

export type RoleRow = {
  account: number;
  key: number;
  id: string;
  name: string;
  folded: string;
  permissions: string;
  built_in: number;
  created_at: number;
  version: number;
};

export type TokenRow = {
  id: string;
  hash: string;
  kind: number;
  user_id: string;
  account_id: string | null;
  name: string;
  permissions: string | null;
  created_at: number;
  expires_at: number | null;
  last_used_at: number;
  version: number;
};

export type DeviceRow = {
  account: number;
  key: number;
  id: string;
  name: string;
  folded: string;
  make: string;
  model: string;
  protocol: number;
  time_zone: string;
  tags: string;
  versions: string;
  attributes: string;
  standing: number;
  auto_confirm: string | null;
  attributes_due: number;
  last_seen_at: number;
  created_at: number;
  version: number;
};

export type FleetPointRow = { account: number; at: number; body: string };

export type CredentialRow = {
  account: number;
  device: number;
  kind: number;
  id: string;
  identity: string;
  hash: string;
  sealed: string;
  created_at: number;
  expires_at: number | null;
  version: number;
};

export type PackageRow = {
  account: number;
  key: number;
  id: string;
  name: string;
  folded: string;
  /** The package's own version; how often it was written is `revision`. */
  version: string;
  kind: number;
  make: string;
  model: string;
  from_version: string;
  description: string;
  labels: string;
  file_name: string;
  content_type: string;
  sha256: string;
  sha1: string;
  md5: string;
  size: number;
  archive: string;
  created_by: string;
  created_at: number;
  revision: number;
};

export type QueryRow = {
  account: number;
  key: number;
  id: string;
  name: string;
  folded: string;
  description: string;
  expression: string;
  created_by: string;
  created_at: number;
  version: number;
};

export type CampaignRow = {
  account: number;
  key: number;
  id: string;
  folded: string;
  description_folded: string;
  status: number;
  policy: number;
  due_at: number | null;
  priority: number;
  /** 1 while it is under way and a device that matches its query may come into it. */
  targeting: number;
  plan: string;
  state: string;
  created_at: number;
  version: number;
};

/** `source` 0: the plan names it; 1: a device was given it on its own. */
export type CampaignPackageRow = { account: number; package: string; campaign: number; source: number };

/** `tally` is the place of the word in the domain's list. */
export type TallyRow = { account: number; campaign: number; scope: string; tally: number; count: number };

export type CampaignCountRow = { account: number; campaign: number; slot: number; count: number };

export type UpdateRow = {
  account: number;
  campaign: number;
  device: number;
  position: number;
  outcome: number;
  reason: number;
  attempt: number;
  since: number;
  not_before: number;
  version: number;
  generation: number;
  /** The outcome that is to come, while the update is open; then reason and message are those to come too. */
  recall: number;
  /** For which places an open update waits. */
  queue: number;
  heard_at: number;
  handed_at: number;
  /** When the clock alone may move it on, or it is to be looked at again; only while it is open. */
  due_at: number | null;
  /** How many entries its log has had. */
  logged: number;
  message: string | null;
  extras: string | null;
};

/** Entries of a journey count from 1. */
export type UpdateLogRow = {
  account: number;
  campaign: number;
  device: number;
  n: number;
  at: number;
  body: string;
};

/** What a device told of its downloads, and in which of its journeys. */
export type TransfersRow = {
  account: number;
  campaign: number;
  device: number;
  generation: number;
  packages: string;
};

export type EventRow = {
  account: number;
  seq: number;
  at: number;
  actor_kind: number;
  /** 0 where it came over none. */
  wire: number;
  actor_id: string | null;
  campaign: number;
  device: number;
  body: string;
};

export type AuditRow = {
  account: number;
  n: number;
  at: number;
  actor: string;
  action: string;
  object: string;
  campaign: string | null;
  device: string | null;
  entry: string;
  hash: string;
};

export type AuditHeadRow = { account: number; n: number; hash: string };

export type OutboxRow = { account: number; seq: number; lease: number };

export type JobRow = {
  account: number;
  key: number;
  id: string;
  campaign: number;
  campaign_id: string;
  work: string;
  status: number;
  cursor: number;
  done: number;
  total: number | null;
  problem: string;
  created_by: string;
  created_at: number;
  not_before: number;
  finished_at: number | null;
  /** While it runs, until when its worker has it; while it waits, the same as `not_before`. */
  lease: number;
  version: number;
};

export type IdempotencyRow = {
  account: number;
  key: string;
  digest: string;
  entity: string;
  id: string;
  at: number;
};

export type LeaseRow = { name: string; holder: string; until: number };

export type UploadRow = {
  account: number;
  id: string;
  size: number;
  received: number;
  touched_at: number;
  /** The id of what was made of it. */
  package: string | null;
};

export type UploadPieceRow = {
  account: number;
  upload: string;
  start: number;
  size: number;
  sha256: string;
  sha1: string;
  md5: string;
};

export type SequenceRow = { account: number; name: string; next: number };

export type MigrationRow = { number: number; name: string; breaking: number; applied_at: number };
