/** How the tables lie on a Citus cluster: docs/scaling.md says the same. */
export const layout = {
  /** In shards by `account`, those of an account together. */
  distributed: [
    ...['memberships', 'roles', 'devices', 'fleet_history', 'packages', 'queries', 'campaigns', 'sequences'],
    ...['campaign_packages', 'campaign_counts', 'tallies', 'updates', 'update_logs', 'transfers', 'events'],
    ...['audit', 'audit_heads', 'documents', 'destinations', 'subscriptions', 'deliveries'],
    ...['delivery_names', 'idempotency'],
  ],
  /** Whole on every node: small, seldom written, and found by what is unique over all accounts. */
  reference: ['accounts', 'users', 'tokens', 'credentials'],
  /** Only on the coordinator: queues that everybody claims from, and what is found by a name of all accounts. */
  local: [
    ...['migrations', 'leases', 'uploads', 'upload_pieces'],
    ...['jobs', 'outbox', 'delivery_queues', 'protocol_sessions'],
  ],
} as const;

/** What looks at several accounts all the same: how it begins, and why. */
export const acrossAccounts: readonly (readonly [start: string, why: string])[] = [
  ['select "key" from "packages" where "sha256" =', 'bytes are shared by all accounts'],
  ['select * from "campaigns" where "due_at" <=', 'what is due in any account, by an index of what is due'],
  ['select * from "campaigns" where (status in', 'the campaigns under way in any account'],
  [
    'select account, campaign, first from (select c.account',
    'what is due in any account, each looked up in its own',
  ],
  ['delete from "idempotency" where "at" <', 'expiry, once an hour'],
  ["delete from tallies where scope >= 'minute/'", 'expiry, once an hour'],
  ['delete from deliveries where (account, key) in ( select', 'expiry, once an hour'],
  ['delete from delivery_names where gone is not null', 'expiry, with that of deliveries'],
  [
    'select d.account, d.key from delivery_names as n join',
    'deliveries of what was dropped, a thousand at a time',
  ],
  ['select "slot", sum("count") as "count" from "campaign_counts"', 'the totals of the metrics'],
];
