import type { Tables } from './tables.ts';

/** Which migration made a table; `null` for those that no backup has. */
const all: Readonly<Record<keyof Tables, number | null>> = {
  accounts: 1,
  users: 1,
  memberships: 1,
  roles: 1,
  tokens: 1,
  devices: 1,
  credentials: 1,
  packages: 1,
  queries: 1,
  campaigns: 1,
  campaign_packages: 1,
  campaign_counts: 1,
  tallies: 1,
  updates: 1,
  update_logs: 1,
  transfers: 1,
  events: 1,
  audit: 1,
  audit_heads: 1,
  outbox: 1,
  documents: 1,
  destinations: 1,
  subscriptions: 1,
  deliveries: 1,
  delivery_queues: 1,
  delivery_names: 1,
  jobs: 1,
  idempotency: 1,
  protocol_sessions: 1,
  fleet_history: 1,
  sequences: 1,
  leases: null,
  uploads: null,
  upload_pieces: null,
  migrations: null,
};

/**
 * The tables that a backup of this schema has: all but what processes have under way at that moment, and the one that
 * tells which migrations ran, which follows from the schema.
 */
export const backedUpBy = (schema: number): readonly string[] =>
  Object.entries(all).flatMap(([name, since]) => (since !== null && since <= schema ? [name] : []));

/** Those of the schema as it is now. */
export const backedUp = backedUpBy(Number.POSITIVE_INFINITY);
