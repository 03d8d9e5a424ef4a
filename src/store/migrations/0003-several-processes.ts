import type { Migration } from './migration.ts';

/** What several processes over one database tell each other: who does what, and bytes that arrive in pieces. */
export const severalProcesses: Migration = {
  number: 3,
  name: 'several-processes',
  breaking: false,
  statements: ({ text, instant, clustered, clusteredAndChanging }) => [
    `create table leases (name ${text} not null primary key, holder ${text} not null, until ${instant} not null)${clusteredAndChanging}`,

    `create table uploads (account integer not null, id ${text} not null, size ${instant} not null,
      received ${instant} not null, touched_at ${instant} not null, package ${text},
      primary key (account, id))${clusteredAndChanging}`,
    'create index uploads_by_age on uploads (touched_at)',

    `create table upload_pieces (account integer not null, upload ${text} not null, start ${instant} not null,
      size ${instant} not null, sha256 ${text} not null, sha1 ${text} not null, md5 ${text} not null,
      primary key (account, upload, start))${clustered}`,
    'create index upload_pieces_by_bytes on upload_pieces (sha256)',
  ],
};
