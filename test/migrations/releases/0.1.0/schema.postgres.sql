create table migrations (number integer not null primary key, name text not null,
      breaking smallint not null, applied_at bigint not null);

create function version_key(given text) returns text
  language sql immutable strict parallel safe
  return replace(
    regexp_replace(
      regexp_replace(
        translate(
          regexp_replace(btrim(split_part(given, '+', 1), E' \t\r\n'), '^[vV]([0-9])', '\1'),
          'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
          'abcdefghijklmnopqrstuvwxyz'
        ),
        '([0-9]+)', '000000000000\1', 'g'
      ),
      '[0-9]*([0-9]{12})', '\1', 'g'
    ),
    '-', '!'
  ) || '-';

create function read_decimal(given text) returns float8
  language sql immutable strict parallel safe
  return case when given ~ '^-?[0-9]{1,15}(\.[0-9]{1,15})?$' then given::float8 end;

create table sequences (account integer not null, name text collate "C" not null, next bigint not null,
      primary key (account, name));

create table accounts (key integer not null primary key, id text collate "C" not null, folded text collate "C" not null unique,
      name text collate "C" not null, policy smallint not null, settings json not null,
      device_access json not null, freezes json not null, created_at bigint not null, version integer not null);

create table users (key integer not null primary key, id text collate "C" not null unique, email text collate "C" not null unique,
      name text collate "C" not null, password_hash text collate "C" not null, server_administrator smallint not null,
      disabled smallint not null, failures integer not null, locked_until bigint not null,
      created_at bigint not null, version integer not null);

create table memberships (account integer not null, "user" integer not null, role_ids jsonb not null,
      primary key (account, "user"));

create index memberships_by_user on memberships ("user", account);

create table roles (account integer not null, key integer not null, id text collate "C" not null, name text collate "C" not null,
      folded text collate "C" not null, permissions json not null, built_in smallint not null,
      created_at bigint not null, version integer not null, primary key (account, key),
      unique (account, id), unique (account, folded));

create table tokens (id text collate "C" not null primary key, hash text collate "C" not null, kind smallint not null,
      user_id text collate "C" not null, account_id text collate "C", name text collate "C" not null, permissions json,
      created_at bigint not null, expires_at bigint, last_used_at bigint not null,
      version integer not null);

create index tokens_by_user on tokens (user_id);

create index tokens_by_expiry on tokens (expires_at) where expires_at is not null;

create table devices (account integer not null, key integer not null, id text collate "C" not null, name text collate "C" not null,
      folded text collate "C" not null, make text collate "C" not null, model text collate "C" not null, protocol smallint not null, time_zone text collate "C" not null,
      tags jsonb not null, versions jsonb not null, attributes jsonb not null,
      standing smallint not null, auto_confirm json, attributes_due smallint not null,
      last_seen_at bigint not null, created_at bigint not null, version integer not null,
      primary key (account, key), unique (account, id)) with (fillfactor = 85);

create index devices_by_name on devices (account, folded, key);

create index devices_by_protocol on devices (account, key) where protocol = 3;

create index devices_by_id on devices (account, lower(id), key);

create table credentials (account integer not null, device integer not null, id text collate "C" not null,
      kind smallint not null, identity text collate "C" not null, hash text collate "C" not null, sealed text collate "C" not null,
      created_at bigint not null, expires_at bigint, version integer not null,
      primary key (account, device, id), unique (account, id));

create unique index credentials_by_identity on credentials (identity) where kind = 1;

create table protocol_sessions (expires_at bigint not null, account integer not null,
      device integer not null, version integer not null, kind smallint not null, name text collate "C" not null,
      body text collate "C" not null, primary key (kind, account, device), unique (kind, name)) with (fillfactor = 85);

create index protocol_sessions_by_expiry on protocol_sessions (expires_at);

create table fleet_history (at bigint not null, account integer not null, body json not null,
      primary key (account, at));

create table packages (account integer not null, key integer not null, id text collate "C" not null, name text collate "C" not null,
      folded text collate "C" not null, version text collate "C" not null, kind smallint not null, make text collate "C" not null,
      model text collate "C" not null, from_version text collate "C" not null, description text collate "C" not null,
      labels json not null, file_name text collate "C" not null, content_type text collate "C" not null,
      sha256 text collate "C" not null, sha1 text collate "C" not null, md5 text collate "C" not null, size bigint not null,
      archive json not null, created_by text collate "C" not null, created_at bigint not null,
      revision integer not null, primary key (account, key), unique (account, id));

create index packages_by_bytes on packages (sha256);

create table queries (account integer not null, key integer not null, id text collate "C" not null, name text collate "C" not null,
      folded text collate "C" not null, description text collate "C" not null, expression text collate "C" not null,
      created_by text collate "C" not null, created_at bigint not null, version integer not null,
      primary key (account, key), unique (account, id), unique (account, folded));

create table campaigns (account integer not null, key integer not null, id text collate "C" not null,
      folded text collate "C" not null, description_folded text collate "C" not null, status smallint not null,
      policy smallint not null, due_at bigint, priority smallint not null, targeting smallint not null,
      plan json not null,
      state json not null, created_at bigint not null, version integer not null,
      primary key (account, key), unique (account, id));

create index campaigns_by_due on campaigns (due_at) where due_at is not null;

create index campaigns_by_status on campaigns (status, account, key);

create index campaigns_targeting on campaigns (account, key) where targeting = 1;

create table campaign_packages (account integer not null, package text collate "C" not null, campaign integer not null,
      source smallint not null, primary key (account, package, campaign, source));

create index campaign_packages_by_campaign on campaign_packages (account, campaign);

create table campaign_counts (account integer not null, campaign integer not null, slot smallint not null,
      count integer not null, primary key (account, campaign, slot)) with (fillfactor = 85);

create table tallies (account integer not null, campaign integer not null, tally smallint not null,
      count integer not null, scope text collate "C" not null,
      primary key (account, campaign, scope, tally)) with (fillfactor = 85);

create index tallies_by_minute on tallies (scope) where scope >= 'minute/' and scope < 'minute0';

create table updates (since bigint not null, not_before bigint not null, heard_at bigint not null,
      handed_at bigint not null, due_at bigint,
      account integer not null, campaign integer not null, device integer not null, version integer not null,
      attempt integer not null, generation integer not null, logged integer not null,
      position smallint not null, outcome smallint not null, reason smallint not null, recall smallint not null,
      queue smallint not null,
      message text collate "C", extras json, primary key (account, campaign, device)) with (fillfactor = 85);

create index updates_open on updates (account, device) where outcome = 0;

create index updates_closed on updates (account, device) where outcome > 0;

create index updates_unsuccessful on updates (account, campaign, outcome, device) where outcome > 1;

create index updates_silent on updates (account, campaign, position, heard_at)
      where outcome = 0 and position >= 5;

create index updates_queued on updates (account, campaign, since, device) where queue > 0;

create index updates_due on updates (account, campaign, due_at, device) where due_at is not null;

create table update_logs (at bigint not null, account integer not null, campaign integer not null,
      device integer not null, n integer not null, body json not null,
      primary key (account, campaign, device, n));

create table transfers (account integer not null, campaign integer not null, device integer not null,
      generation integer not null, packages json not null,
      primary key (account, campaign, device)) with (fillfactor = 85);

create table events (seq bigint not null, at bigint not null, account integer not null,
      campaign integer not null, device integer not null, actor_kind smallint not null, wire smallint not null,
      actor_id text collate "C", body json not null, primary key (account, seq));

create index events_by_subject on events (account, device, campaign, seq);

create table audit (n bigint not null, at bigint not null, account integer not null, actor text collate "C" not null,
      action text collate "C" not null, object text collate "C" not null, campaign text collate "C", device text collate "C", hash text collate "C" not null,
      entry text collate "C" not null, primary key (account, n));

create table audit_heads (account integer not null primary key, n bigint not null,
      hash text collate "C" not null) with (fillfactor = 85);

create table outbox (account integer not null, seq bigint not null, lease bigint not null,
      primary key (account, seq)) with (fillfactor = 85);

create table documents (account integer not null, kind text collate "C" not null, key integer not null, id text collate "C" not null,
      name text collate "C" not null, folded text collate "C" not null, body json not null, created_by text collate "C" not null,
      created_at bigint not null, version integer not null,
      primary key (account, kind, key), unique (account, kind, id));

create unique index documents_by_name on documents (account, kind, folded) where folded <> '';

create table destinations (account integer not null, key integer not null, id text collate "C" not null, name text collate "C" not null,
      folded text collate "C" not null, settings json not null, created_by text collate "C" not null,
      created_at bigint not null, version integer not null,
      primary key (account, key), unique (account, id), unique (account, folded));

create table subscriptions (account integer not null, key integer not null, id text collate "C" not null,
      destination_id text collate "C" not null, campaign integer not null, campaign_id text collate "C", wire smallint not null,
      topic text collate "C" not null, settings json not null, created_by text collate "C" not null,
      created_at bigint not null, version integer not null,
      primary key (account, key), unique (account, id));

create index subscriptions_by_campaign on subscriptions (account, campaign, key);

create index subscriptions_by_destination on subscriptions (account, destination_id, key);

create table deliveries (created_at bigint not null, due_at bigint not null, lease bigint not null,
      key bigint not null, seq bigint not null, account integer not null, destination integer not null,
      subscription integer not null, campaign integer not null, device integer not null, tries integer not null,
      status smallint not null, behind smallint not null, latest_only smallint not null, id text collate "C" not null,
      event text collate "C" not null, attempts json, body text collate "C" not null,
      primary key (account, key), unique (account, id)) with (fillfactor = 85);

create index deliveries_due on deliveries (account, destination, behind, due_at, key)
      where status = 0 and tries >= 0;

create index deliveries_lanes on deliveries (account, destination, device, behind, seq, key)
      where status = 0 and device >= 0;

create index deliveries_by_subscription on deliveries (account, subscription, destination, latest_only, device)
      where status = 0 and subscription > 0;

create index deliveries_undelivered on deliveries (account, status, key) where status <> 1 and key > 0;

create index deliveries_leased on deliveries (account, destination, device, lease) where lease > 0;

create index deliveries_by_destination on deliveries (account, destination, key) where key > 0;

create index deliveries_by_campaign on deliveries (account, campaign, key) where campaign > 0;

create index deliveries_settled on deliveries (created_at) where status > 0;

create table delivery_queues (next_at bigint, served bigint not null, account integer not null,
      destination integer not null, strict smallint not null, disabled smallint not null,
      primary key (account, destination)) with (fillfactor = 85);

create index delivery_queues_next on delivery_queues (next_at) where disabled = 0;

create table delivery_names (gone bigint, account integer not null, key integer not null, id text collate "C" not null,
      primary key (account, key));

create index delivery_names_by_id on delivery_names (account, id);

create index delivery_names_gone on delivery_names (account, key) where gone is not null;

create table jobs (account integer not null, key integer not null, id text collate "C" not null,
      campaign integer not null, campaign_id text collate "C" not null, work json not null,
      status smallint not null, cursor integer not null, done integer not null, total integer,
      problem text collate "C" not null, created_by text collate "C" not null, created_at bigint not null,
      not_before bigint not null, finished_at bigint, lease bigint not null, version integer not null,
      primary key (account, key), unique (account, id));

create index jobs_unfinished on jobs (lease) where status < 2;

create index jobs_by_campaign on jobs (account, campaign);

create table idempotency (account integer not null, key text collate "C" not null, digest text collate "C" not null,
      entity text collate "C" not null, id text collate "C" not null, at bigint not null, primary key (account, key));

create index idempotency_by_age on idempotency (at);
