import type { Tables } from './tables.ts';

const all: Readonly<Record<keyof Tables, true>> = {
  accounts: true,
  users: true,
  memberships: true,
  roles: true,
  tokens: true,
  devices: true,
  credentials: true,
  packages: true,
  queries: true,
  campaigns: true,
  campaign_packages: true,
  campaign_counts: true,
  tallies: true,
  updates: true,
  update_logs: true,
  transfers: true,
  events: true,
  audit: true,
  audit_heads: true,
  outbox: true,
  documents: true,
  destinations: true,
  subscriptions: true,
  deliveries: true,
  delivery_queues: true,
  delivery_names: true,
  jobs: true,
  idempotency: true,
  protocol_sessions: true,
  fleet_history: true,
  sequences: true,
  migrations: true,
};

/** The tables that a backup has: all but the one that tells which migrations ran, which follows from the schema. */
export const backedUp: readonly string[] = Object.keys(all).filter((name) => name !== 'migrations');
