import type { Migration } from './migration.ts';

/*
 * What is there becomes the first partition as it is: nothing is copied, and none of its indexes is built again. What is said
 * to happen after the next midnight is moved, which is nothing unless a clock was wrong. The key of the whole is made on it
 * alone, since the first partition keeps the stricter one that it has.
 */
const partition = `do $$
declare
  edge bigint := (extract(epoch from date_trunc('day', now() at time zone 'UTC')) * 1000)::bigint + 86400000;
  attaching text := format('alter table events attach partition events_before for values from (minvalue) to (%s)', edge);
begin
  set local lock_timeout = '20s';
  lock table events in access exclusive mode;
  alter table events rename to events_before;
  alter index events_pkey rename to events_before_pkey;
  alter index events_by_subject rename to events_before_by_subject;
  create table events (like events_before) partition by range (at);
  create table events_rest partition of events default;
  begin
    execute attaching;
  exception when check_violation then
    with moved as (delete from events_before where at >= edge returning *)
      insert into events select * from moved;
    execute attaching;
  end;
  alter table only events add primary key (account, seq, at);
  alter table events_rest add primary key (account, seq, at);
  create index events_by_subject on only events (account, device, campaign, seq);
  create index events_rest_by_subject on events_rest (account, device, campaign, seq);
  alter index events_by_subject attach partition events_before_by_subject;
  alter index events_by_subject attach partition events_rest_by_subject;
end $$`;

/** The history of events lies in partitions by time where the engine has such. */
export const eventPartitions: Migration = {
  number: 2,
  name: 'event-partitions',
  breaking: false,
  statements: ({ partitions }) => (partitions ? [partition] : []),
};
