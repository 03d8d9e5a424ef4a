import type { Migration } from './migration.ts';

/** Every large table's key begins with the account; keys are integers counted within it (`sequences`). */
export const init: Migration = {
  number: 1,
  name: 'init',
  breaking: false,
  statements: ({ text, json, exactJson, instant, clustered, clusteredAndChanging, setUp, expect }) => [
    ...setUp,

    `create table sequences (account integer not null, name ${text} not null, next ${instant} not null,
      primary key (account, name))${clustered}`,

    `create table accounts (key integer not null primary key, id ${text} not null, folded ${text} not null unique,
      name ${text} not null, policy smallint not null, settings ${exactJson} not null,
      device_access ${exactJson} not null, freezes ${exactJson} not null, created_at ${instant} not null, version integer not null)`,

    `create table users (key integer not null primary key, id ${text} not null unique, email ${text} not null unique,
      name ${text} not null, password_hash ${text} not null, server_administrator smallint not null,
      disabled smallint not null, failures integer not null, locked_until ${instant} not null,
      created_at ${instant} not null, version integer not null)`,

    `create table memberships (account integer not null, "user" integer not null, role_ids ${json} not null,
      primary key (account, "user"))${clustered}`,
    'create index memberships_by_user on memberships ("user", account)',

    `create table roles (account integer not null, key integer not null, id ${text} not null, name ${text} not null,
      folded ${text} not null, permissions ${exactJson} not null, built_in smallint not null,
      created_at ${instant} not null, version integer not null, primary key (account, key),
      unique (account, id), unique (account, folded))${clustered}`,

    `create table tokens (id ${text} not null primary key, hash ${text} not null, kind smallint not null,
      user_id ${text} not null, account_id ${text}, name ${text} not null, permissions ${exactJson},
      created_at ${instant} not null, expires_at ${instant}, last_used_at ${instant} not null,
      version integer not null)${clustered}`,
    'create index tokens_by_user on tokens (user_id)',
    'create index tokens_by_expiry on tokens (expires_at) where expires_at is not null',

    `create table devices (account integer not null, key integer not null, id ${text} not null, name ${text} not null,
      folded ${text} not null, make ${text} not null, model ${text} not null, protocol smallint not null, time_zone ${text} not null,
      tags ${json} not null, versions ${json} not null, attributes ${json} not null,
      standing smallint not null, auto_confirm ${exactJson}, attributes_due smallint not null,
      last_seen_at ${instant} not null, created_at ${instant} not null, version integer not null,
      primary key (account, key), unique (account, id))${clusteredAndChanging}`,
    'create index devices_by_name on devices (account, folded, key)',
    // 3 is `oma-dm`, whose devices are asked to make contact.
    'create index devices_by_protocol on devices (account, key) where protocol = 3',
    // Ids are ASCII, so that all engines fold them alike.
    'create index devices_by_id on devices (account, lower(id), key)',

    `create table credentials (account integer not null, device integer not null, id ${text} not null,
      kind smallint not null, identity ${text} not null, hash ${text} not null, sealed ${text} not null,
      created_at ${instant} not null, expires_at ${instant}, version integer not null,
      primary key (account, device, id), unique (account, id))${clustered}`,
    // 1 is a pre-shared key, whose identity alone says which device of which account it is.
    'create unique index credentials_by_identity on credentials (identity) where kind = 1',

    `create table protocol_sessions (expires_at ${instant} not null, account integer not null,
      device integer not null, version integer not null, kind smallint not null, name ${text} not null,
      body ${text} not null, primary key (kind, account, device), unique (kind, name))${clusteredAndChanging}`,
    'create index protocol_sessions_by_expiry on protocol_sessions (expires_at)',

    `create table fleet_history (at ${instant} not null, account integer not null, body ${exactJson} not null,
      primary key (account, at))${clustered}`,

    `create table packages (account integer not null, key integer not null, id ${text} not null, name ${text} not null,
      folded ${text} not null, version ${text} not null, kind smallint not null, make ${text} not null,
      model ${text} not null, from_version ${text} not null, description ${text} not null,
      labels ${exactJson} not null, file_name ${text} not null, content_type ${text} not null,
      sha256 ${text} not null, sha1 ${text} not null, md5 ${text} not null, size ${instant} not null,
      archive ${exactJson} not null, created_by ${text} not null, created_at ${instant} not null,
      revision integer not null, primary key (account, key), unique (account, id))${clustered}`,
    'create index packages_by_bytes on packages (sha256)',

    `create table queries (account integer not null, key integer not null, id ${text} not null, name ${text} not null,
      folded ${text} not null, description ${text} not null, expression ${text} not null,
      created_by ${text} not null, created_at ${instant} not null, version integer not null,
      primary key (account, key), unique (account, id), unique (account, folded))${clustered}`,

    `create table campaigns (account integer not null, key integer not null, id ${text} not null,
      folded ${text} not null, description_folded ${text} not null, status smallint not null,
      policy smallint not null, due_at ${instant}, priority smallint not null, targeting smallint not null,
      plan ${exactJson} not null,
      state ${exactJson} not null, created_at ${instant} not null, version integer not null,
      primary key (account, key), unique (account, id))${clustered}`,
    'create index campaigns_by_due on campaigns (due_at) where due_at is not null',
    'create index campaigns_by_status on campaigns (status, account, key)',
    'create index campaigns_targeting on campaigns (account, key) where targeting = 1',

    `create table campaign_packages (account integer not null, package ${text} not null, campaign integer not null,
      source smallint not null, primary key (account, package, campaign, source))${clustered}`,
    'create index campaign_packages_by_campaign on campaign_packages (account, campaign)',

    `create table campaign_counts (account integer not null, campaign integer not null, slot smallint not null,
      count integer not null, primary key (account, campaign, slot))${clusteredAndChanging}`,

    `create table tallies (account integer not null, campaign integer not null, tally smallint not null,
      count integer not null, scope ${text} not null,
      primary key (account, campaign, scope, tally))${clusteredAndChanging}`,
    // The scopes of minutes: what was counted in old ones is forgotten.
    "create index tallies_by_minute on tallies (scope) where scope >= 'minute/' and scope < 'minute0'",

    `create table updates (since ${instant} not null, not_before ${instant} not null, heard_at ${instant} not null,
      handed_at ${instant} not null, due_at ${instant},
      account integer not null, campaign integer not null, device integer not null, version integer not null,
      attempt integer not null, generation integer not null, logged integer not null,
      position smallint not null, outcome smallint not null, reason smallint not null, recall smallint not null,
      queue smallint not null,
      message ${text}, extras ${exactJson}, primary key (account, campaign, device))${clusteredAndChanging}`,
    'create index updates_open on updates (account, device) where outcome = 0',
    'create index updates_closed on updates (account, device) where outcome > 0',
    'create index updates_unsuccessful on updates (account, campaign, outcome, device) where outcome > 1',
    // 5 is `download-running`, the first position of those whose device was told to begin.
    `create index updates_silent on updates (account, campaign, position, heard_at)
      where outcome = 0 and position >= 5`,
    'create index updates_queued on updates (account, campaign, since, device) where queue > 0',
    'create index updates_due on updates (account, campaign, due_at, device) where due_at is not null',

    `create table update_logs (at ${instant} not null, account integer not null, campaign integer not null,
      device integer not null, n integer not null, body ${exactJson} not null,
      primary key (account, campaign, device, n))${clustered}`,

    `create table transfers (account integer not null, campaign integer not null, device integer not null,
      generation integer not null, packages ${exactJson} not null,
      primary key (account, campaign, device))${clusteredAndChanging}`,

    `create table events (seq ${instant} not null, at ${instant} not null, account integer not null,
      campaign integer not null, device integer not null, actor_kind smallint not null, wire smallint not null,
      actor_id ${text}, body ${exactJson} not null, primary key (account, seq))${clustered}`,
    'create index events_by_subject on events (account, device, campaign, seq)',

    `create table audit (n ${instant} not null, at ${instant} not null, account integer not null, actor ${text} not null,
      action ${text} not null, object ${text} not null, campaign ${text}, device ${text}, hash ${text} not null,
      entry ${text} not null, primary key (account, n))${clustered}`,
    // The last of each chain, by which a chain that was cut short is told.
    `create table audit_heads (account integer not null primary key, n ${instant} not null,
      hash ${text} not null)${clusteredAndChanging}`,

    `create table outbox (account integer not null, seq ${instant} not null, lease ${instant} not null,
      primary key (account, seq))${clusteredAndChanging}`,

    `create table documents (account integer not null, kind ${text} not null, key integer not null, id ${text} not null,
      name ${text} not null, folded ${text} not null, body ${exactJson} not null, created_by ${text} not null,
      created_at ${instant} not null, version integer not null,
      primary key (account, kind, key), unique (account, kind, id))${clustered}`,
    "create unique index documents_by_name on documents (account, kind, folded) where folded <> ''",

    `create table destinations (account integer not null, key integer not null, id ${text} not null, name ${text} not null,
      folded ${text} not null, settings ${exactJson} not null, created_by ${text} not null,
      created_at ${instant} not null, version integer not null,
      primary key (account, key), unique (account, id), unique (account, folded))${clustered}`,

    `create table subscriptions (account integer not null, key integer not null, id ${text} not null,
      destination_id ${text} not null, campaign integer not null, campaign_id ${text}, wire smallint not null,
      topic ${text} not null, settings ${exactJson} not null, created_by ${text} not null,
      created_at ${instant} not null, version integer not null,
      primary key (account, key), unique (account, id))${clustered}`,
    'create index subscriptions_by_campaign on subscriptions (account, campaign, key)',
    'create index subscriptions_by_destination on subscriptions (account, destination_id, key)',

    `create table deliveries (created_at ${instant} not null, due_at ${instant} not null, lease ${instant} not null,
      key ${instant} not null, seq ${instant} not null, account integer not null, destination integer not null,
      subscription integer not null, campaign integer not null, device integer not null, tries integer not null,
      status smallint not null, behind smallint not null, latest_only smallint not null, id ${text} not null,
      event ${text} not null, attempts ${exactJson}, body ${text} not null,
      primary key (account, key), unique (account, id))${clusteredAndChanging}`,
    // Status 0 waits, 1 is delivered. Conditions that always hold are there for the one kind of question that names
    // them too: a planner whose statistics are older than a backlog takes any of these for as good as the right one.
    `create index deliveries_due on deliveries (account, destination, behind, due_at, key)
      where status = 0 and tries >= 0`,
    `create index deliveries_lanes on deliveries (account, destination, device, behind, seq, key)
      where status = 0 and device >= 0`,
    `create index deliveries_by_subscription on deliveries (account, subscription, destination, latest_only, device)
      where status = 0 and subscription > 0`,
    'create index deliveries_undelivered on deliveries (account, status, key) where status <> 1 and key > 0',
    'create index deliveries_leased on deliveries (account, destination, device, lease) where lease > 0',
    'create index deliveries_by_destination on deliveries (account, destination, key) where key > 0',
    'create index deliveries_by_campaign on deliveries (account, campaign, key) where campaign > 0',
    'create index deliveries_settled on deliveries (created_at) where status > 0',

    `create table delivery_queues (next_at ${instant}, served ${instant} not null, account integer not null,
      destination integer not null, strict smallint not null, disabled smallint not null,
      primary key (account, destination))${clusteredAndChanging}`,
    'create index delivery_queues_next on delivery_queues (next_at) where disabled = 0',

    `create table delivery_names (gone ${instant}, account integer not null, key integer not null, id ${text} not null,
      primary key (account, key))${clustered}`,
    'create index delivery_names_by_id on delivery_names (account, id)',
    'create index delivery_names_gone on delivery_names (account, key) where gone is not null',

    `create table jobs (account integer not null, key integer not null, id ${text} not null,
      campaign integer not null, campaign_id ${text} not null, work ${exactJson} not null,
      status smallint not null, cursor integer not null, done integer not null, total integer,
      problem ${text} not null, created_by ${text} not null, created_at ${instant} not null,
      not_before ${instant} not null, finished_at ${instant}, lease ${instant} not null, version integer not null,
      primary key (account, key), unique (account, id))${clustered}`,
    'create index jobs_unfinished on jobs (lease) where status < 2',
    'create index jobs_by_campaign on jobs (account, campaign)',

    `create table idempotency (account integer not null, key ${text} not null, digest ${text} not null,
      entity ${text} not null, id ${text} not null, at ${instant} not null, primary key (account, key))${clustered}`,
    'create index idempotency_by_age on idempotency (at)',

    ...expect({
      memberships: { memberships: '1000 1000 1', memberships_by_user: '1000 2 1' },
      devices: {
        devices: '1000000 1000000 1',
        sqlite_autoindex_devices_2: '1000000 1000000 1',
        devices_by_name: '1000000 1000000 10 1',
        devices_by_id: '1000000 1000000 1 1',
      },
      credentials: {
        credentials: '1000000 1000000 2 1',
        sqlite_autoindex_credentials_2: '1000000 1000000 1',
      },
      campaigns: {
        campaigns: '1000 1000 1',
        sqlite_autoindex_campaigns_2: '1000 1000 1',
        campaigns_by_due: '100 2',
        campaigns_by_status: '1000 200 100 1',
        campaigns_targeting: '20 5 1',
      },
      campaign_packages: {
        campaign_packages: '5000 5000 20 2 1',
        campaign_packages_by_campaign: '5000 5000 5',
      },
      tallies: { tallies: '100000 100000 5000 5 1', tallies_by_minute: '1000 10' },
      updates: {
        updates: '5000000 5000000 500000 1',
        updates_open: '1000000 1000000 2',
        updates_closed: '4000000 4000000 8',
        updates_unsuccessful: '500000 500000 10000 1000 1',
        updates_silent: '200000 200000 20000 5000 1',
        updates_due: '200000 200000 20000 100 1',
      },
      update_logs: { update_logs: '20000000 20000000 2000000 200 1' },
      transfers: { transfers: '1000000 1000000 100000 1' },
      events: { events: '50000000 50000000 1', events_by_subject: '50000000 50000000 50 10 1' },
      documents: {
        documents: '1000 1000 100 1',
        sqlite_autoindex_documents_2: '1000 1000 100 1',
        documents_by_name: '1000 1000 100 1',
      },
      subscriptions: {
        subscriptions: '1000 1000 1',
        sqlite_autoindex_subscriptions_2: '1000 1000 1',
        subscriptions_by_campaign: '1000 1000 10 1',
        subscriptions_by_destination: '1000 1000 5 1',
      },
      deliveries: {
        deliveries: '10000000 10000000 1',
        sqlite_autoindex_deliveries_2: '10000000 10000000 1',
        deliveries_due: '1000000 1000000 100000 50000 10 1',
        deliveries_lanes: '1000000 1000000 100000 100 50 2 1',
        deliveries_leased: '200 200 8 2 1',
        deliveries_by_subscription: '1000000 1000000 100000 100000 50000 50',
        deliveries_by_destination: '10000000 10000000 1000000 1',
        deliveries_by_campaign: '10000000 10000000 1000000 1',
        deliveries_undelivered: '1000000 1000000 500000 1',
        deliveries_settled: '9000000 100',
      },
      delivery_queues: { delivery_queues: '1000 1000 1', delivery_queues_next: '100 2' },
      delivery_names: {
        delivery_names: '2000 2000 1',
        delivery_names_by_id: '2000 2000 1',
        delivery_names_gone: '100 100 1',
      },
      jobs: { jobs: '1000 1000 1', jobs_unfinished: '10 2', jobs_by_campaign: '1000 1000 2' },
    }),
  ],
};
