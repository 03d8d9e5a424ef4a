create table migrations (number integer not null primary key, name text not null,
      breaking smallint not null, applied_at integer not null);

create table sequences (account integer not null, name text not null, next integer not null,
      primary key (account, name)) without rowid;

create table accounts (key integer not null primary key, id text not null, folded text not null unique,
      name text not null, policy smallint not null, settings text not null,
      device_access text not null, freezes text not null, created_at integer not null, version integer not null);

create table users (key integer not null primary key, id text not null unique, email text not null unique,
      name text not null, password_hash text not null, server_administrator smallint not null,
      disabled smallint not null, failures integer not null, locked_until integer not null,
      created_at integer not null, version integer not null);

create table memberships (account integer not null, "user" integer not null, role_ids text not null,
      primary key (account, "user")) without rowid;

create index memberships_by_user on memberships ("user", account);

create table roles (account integer not null, key integer not null, id text not null, name text not null,
      folded text not null, permissions text not null, built_in smallint not null,
      created_at integer not null, version integer not null, primary key (account, key),
      unique (account, id), unique (account, folded)) without rowid;

create table tokens (id text not null primary key, hash text not null, kind smallint not null,
      user_id text not null, account_id text, name text not null, permissions text,
      created_at integer not null, expires_at integer, last_used_at integer not null,
      version integer not null) without rowid;

create index tokens_by_user on tokens (user_id);

create index tokens_by_expiry on tokens (expires_at) where expires_at is not null;

create table devices (account integer not null, key integer not null, id text not null, name text not null,
      folded text not null, make text not null, model text not null, protocol smallint not null, time_zone text not null,
      tags text not null, versions text not null, attributes text not null,
      standing smallint not null, auto_confirm text, attributes_due smallint not null,
      last_seen_at integer not null, created_at integer not null, version integer not null,
      primary key (account, key), unique (account, id)) without rowid;

create index devices_by_name on devices (account, folded, key);

create index devices_by_protocol on devices (account, key) where protocol = 3;

create index devices_by_id on devices (account, lower(id), key);

create table credentials (account integer not null, device integer not null, id text not null,
      kind smallint not null, identity text not null, hash text not null, sealed text not null,
      created_at integer not null, expires_at integer, version integer not null,
      primary key (account, device, id), unique (account, id)) without rowid;

create unique index credentials_by_identity on credentials (identity) where kind = 1;

create table protocol_sessions (expires_at integer not null, account integer not null,
      device integer not null, version integer not null, kind smallint not null, name text not null,
      body text not null, primary key (kind, account, device), unique (kind, name)) without rowid;

create index protocol_sessions_by_expiry on protocol_sessions (expires_at);

create table fleet_history (at integer not null, account integer not null, body text not null,
      primary key (account, at)) without rowid;

create table packages (account integer not null, key integer not null, id text not null, name text not null,
      folded text not null, version text not null, kind smallint not null, make text not null,
      model text not null, from_version text not null, description text not null,
      labels text not null, file_name text not null, content_type text not null,
      sha256 text not null, sha1 text not null, md5 text not null, size integer not null,
      archive text not null, created_by text not null, created_at integer not null,
      revision integer not null, primary key (account, key), unique (account, id)) without rowid;

create index packages_by_bytes on packages (sha256);

create table queries (account integer not null, key integer not null, id text not null, name text not null,
      folded text not null, description text not null, expression text not null,
      created_by text not null, created_at integer not null, version integer not null,
      primary key (account, key), unique (account, id), unique (account, folded)) without rowid;

create table campaigns (account integer not null, key integer not null, id text not null,
      folded text not null, description_folded text not null, status smallint not null,
      policy smallint not null, due_at integer, priority smallint not null, targeting smallint not null,
      plan text not null,
      state text not null, created_at integer not null, version integer not null,
      primary key (account, key), unique (account, id)) without rowid;

create index campaigns_by_due on campaigns (due_at) where due_at is not null;

create index campaigns_by_status on campaigns (status, account, key);

create index campaigns_targeting on campaigns (account, key) where targeting = 1;

create table campaign_packages (account integer not null, package text not null, campaign integer not null,
      source smallint not null, primary key (account, package, campaign, source)) without rowid;

create index campaign_packages_by_campaign on campaign_packages (account, campaign);

create table campaign_counts (account integer not null, campaign integer not null, slot smallint not null,
      count integer not null, primary key (account, campaign, slot)) without rowid;

create table tallies (account integer not null, campaign integer not null, tally smallint not null,
      count integer not null, scope text not null,
      primary key (account, campaign, scope, tally)) without rowid;

create index tallies_by_minute on tallies (scope) where scope >= 'minute/' and scope < 'minute0';

create table updates (since integer not null, not_before integer not null, heard_at integer not null,
      handed_at integer not null, due_at integer,
      account integer not null, campaign integer not null, device integer not null, version integer not null,
      attempt integer not null, generation integer not null, logged integer not null,
      position smallint not null, outcome smallint not null, reason smallint not null, recall smallint not null,
      queue smallint not null,
      message text, extras text, primary key (account, campaign, device)) without rowid;

create index updates_open on updates (account, device) where outcome = 0;

create index updates_closed on updates (account, device) where outcome > 0;

create index updates_unsuccessful on updates (account, campaign, outcome, device) where outcome > 1;

create index updates_silent on updates (account, campaign, position, heard_at)
      where outcome = 0 and position >= 5;

create index updates_queued on updates (account, campaign, since, device) where queue > 0;

create index updates_due on updates (account, campaign, due_at, device) where due_at is not null;

create table update_logs (at integer not null, account integer not null, campaign integer not null,
      device integer not null, n integer not null, body text not null,
      primary key (account, campaign, device, n)) without rowid;

create table transfers (account integer not null, campaign integer not null, device integer not null,
      generation integer not null, packages text not null,
      primary key (account, campaign, device)) without rowid;

create table events (seq integer not null, at integer not null, account integer not null,
      campaign integer not null, device integer not null, actor_kind smallint not null, wire smallint not null,
      actor_id text, body text not null, primary key (account, seq)) without rowid;

create index events_by_subject on events (account, device, campaign, seq);

create table audit (n integer not null, at integer not null, account integer not null, actor text not null,
      action text not null, object text not null, campaign text, device text, hash text not null,
      entry text not null, primary key (account, n)) without rowid;

create table audit_heads (account integer not null primary key, n integer not null,
      hash text not null) without rowid;

create table outbox (account integer not null, seq integer not null, lease integer not null,
      primary key (account, seq)) without rowid;

create table documents (account integer not null, kind text not null, key integer not null, id text not null,
      name text not null, folded text not null, body text not null, created_by text not null,
      created_at integer not null, version integer not null,
      primary key (account, kind, key), unique (account, kind, id)) without rowid;

create unique index documents_by_name on documents (account, kind, folded) where folded <> '';

create table destinations (account integer not null, key integer not null, id text not null, name text not null,
      folded text not null, settings text not null, created_by text not null,
      created_at integer not null, version integer not null,
      primary key (account, key), unique (account, id), unique (account, folded)) without rowid;

create table subscriptions (account integer not null, key integer not null, id text not null,
      destination_id text not null, campaign integer not null, campaign_id text, wire smallint not null,
      topic text not null, settings text not null, created_by text not null,
      created_at integer not null, version integer not null,
      primary key (account, key), unique (account, id)) without rowid;

create index subscriptions_by_campaign on subscriptions (account, campaign, key);

create index subscriptions_by_destination on subscriptions (account, destination_id, key);

create table deliveries (created_at integer not null, due_at integer not null, lease integer not null,
      key integer not null, seq integer not null, account integer not null, destination integer not null,
      subscription integer not null, campaign integer not null, device integer not null, tries integer not null,
      status smallint not null, behind smallint not null, latest_only smallint not null, id text not null,
      event text not null, attempts text, body text not null,
      primary key (account, key), unique (account, id)) without rowid;

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

create table delivery_queues (next_at integer, served integer not null, account integer not null,
      destination integer not null, strict smallint not null, disabled smallint not null,
      primary key (account, destination)) without rowid;

create index delivery_queues_next on delivery_queues (next_at) where disabled = 0;

create table delivery_names (gone integer, account integer not null, key integer not null, id text not null,
      primary key (account, key)) without rowid;

create index delivery_names_by_id on delivery_names (account, id);

create index delivery_names_gone on delivery_names (account, key) where gone is not null;

create table jobs (account integer not null, key integer not null, id text not null,
      campaign integer not null, campaign_id text not null, work text not null,
      status smallint not null, cursor integer not null, done integer not null, total integer,
      problem text not null, created_by text not null, created_at integer not null,
      not_before integer not null, finished_at integer, lease integer not null, version integer not null,
      primary key (account, key), unique (account, id)) without rowid;

create index jobs_unfinished on jobs (lease) where status < 2;

create index jobs_by_campaign on jobs (account, campaign);

create table idempotency (account integer not null, key text not null, digest text not null,
      entity text not null, id text not null, at integer not null, primary key (account, key)) without rowid;

create index idempotency_by_age on idempotency (at);

analyze sqlite_schema;

insert into sqlite_stat1 (tbl, idx, stat) values ('memberships', 'memberships', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('memberships', 'memberships_by_user', '1000 2 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('devices', 'devices', '1000000 1000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('devices', 'sqlite_autoindex_devices_2', '1000000 1000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('devices', 'devices_by_name', '1000000 1000000 10 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('devices', 'devices_by_id', '1000000 1000000 1 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('credentials', 'credentials', '1000000 1000000 2 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('credentials', 'sqlite_autoindex_credentials_2', '1000000 1000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaigns', 'campaigns', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaigns', 'sqlite_autoindex_campaigns_2', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaigns', 'campaigns_by_due', '100 2');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaigns', 'campaigns_by_status', '1000 200 100 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaigns', 'campaigns_targeting', '20 5 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaign_packages', 'campaign_packages', '5000 5000 20 2 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('campaign_packages', 'campaign_packages_by_campaign', '5000 5000 5');

insert into sqlite_stat1 (tbl, idx, stat) values ('tallies', 'tallies', '100000 100000 5000 5 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('tallies', 'tallies_by_minute', '1000 10');

insert into sqlite_stat1 (tbl, idx, stat) values ('updates', 'updates', '5000000 5000000 500000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('updates', 'updates_open', '1000000 1000000 2');

insert into sqlite_stat1 (tbl, idx, stat) values ('updates', 'updates_closed', '4000000 4000000 8');

insert into sqlite_stat1 (tbl, idx, stat) values ('updates', 'updates_unsuccessful', '500000 500000 10000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('updates', 'updates_silent', '200000 200000 20000 5000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('updates', 'updates_due', '200000 200000 20000 100 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('update_logs', 'update_logs', '20000000 20000000 2000000 200 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('transfers', 'transfers', '1000000 1000000 100000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('events', 'events', '50000000 50000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('events', 'events_by_subject', '50000000 50000000 50 10 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('documents', 'documents', '1000 1000 100 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('documents', 'sqlite_autoindex_documents_2', '1000 1000 100 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('documents', 'documents_by_name', '1000 1000 100 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('subscriptions', 'subscriptions', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('subscriptions', 'sqlite_autoindex_subscriptions_2', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('subscriptions', 'subscriptions_by_campaign', '1000 1000 10 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('subscriptions', 'subscriptions_by_destination', '1000 1000 5 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries', '10000000 10000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'sqlite_autoindex_deliveries_2', '10000000 10000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_due', '1000000 1000000 100000 50000 10 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_lanes', '1000000 1000000 100000 100 50 2 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_leased', '200 200 8 2 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_by_subscription', '1000000 1000000 100000 100000 50000 50');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_by_destination', '10000000 10000000 1000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_by_campaign', '10000000 10000000 1000000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_undelivered', '1000000 1000000 500000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('deliveries', 'deliveries_settled', '9000000 100');

insert into sqlite_stat1 (tbl, idx, stat) values ('delivery_queues', 'delivery_queues', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('delivery_queues', 'delivery_queues_next', '100 2');

insert into sqlite_stat1 (tbl, idx, stat) values ('delivery_names', 'delivery_names', '2000 2000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('delivery_names', 'delivery_names_by_id', '2000 2000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('delivery_names', 'delivery_names_gone', '100 100 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('jobs', 'jobs', '1000 1000 1');

insert into sqlite_stat1 (tbl, idx, stat) values ('jobs', 'jobs_unfinished', '10 2');

insert into sqlite_stat1 (tbl, idx, stat) values ('jobs', 'jobs_by_campaign', '1000 1000 2');

analyze sqlite_schema;
