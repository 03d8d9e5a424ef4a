import Type, { type Static } from 'typebox';
import { Count, exact, Instant, nullable, page, paging, word } from './common.ts';
import { routeTable } from './route.ts';

const Values = nullable(Type.Record(Type.String(), Type.Unknown()));

const Change = exact({
  kind: Type.String(),
  id: Type.String(),
  before: Values,
  after: Values,
  hidden: Type.Array(Type.String(), { description: 'What changed too and is never shown.' }),
});

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', examples: ['0'.repeat(64)] });

export const AuditEntry = exact({
  n: Type.Integer({ description: 'Counts up within the account, without gaps.' }),
  account: Type.String(),
  at: Instant,
  actor: exact({ kind: word(['user', 'device', 'server']), id: nullable(Type.String()) }),
  origin: nullable(
    exact({
      wire: Type.String(),
      address: Type.String(),
      agent: Type.String(),
      request: Type.String(),
      token: nullable(Type.String()),
    }),
  ),
  action: Type.String({
    description: 'The type of an event, or `signed-in`, `sign-in-failed`, `denied` and the like.',
  }),
  object: exact({ kind: Type.String(), id: Type.String() }),
  campaign: nullable(Type.String()),
  device: nullable(Type.String()),
  data: Type.Record(Type.String(), Type.Unknown()),
  changes: Type.Array(Change),
  previous: Hash,
  hash: Hash,
});
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditVerdict = exact({
  intact: Type.Boolean(),
  entries: { ...Count, description: 'How many are intact from the first on.' },
  head: nullable(exact({ n: Count, hash: Hash })),
  broken: nullable(
    exact({
      n: Type.Integer({ description: 'The first entry that is not as it was written, or not there.' }),
      problem: Type.String(),
    }),
  ),
});
export type AuditVerdict = Static<typeof AuditVerdict>;

const Word = Type.String({ maxLength: 256 });

const filter = {
  actor: Type.Optional({ ...Word, description: 'The id of a person, or `server`.' }),
  action: Type.Optional(Word),
  object: Type.Optional({
    ...Word,
    description: 'The id of what it was done to, or of the campaign or device.',
  }),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  text: Type.Optional({ ...Word, description: 'Anywhere in the entry, without regard to case.' }),
};

const access = 'View Audit Logs';
const tag = 'Audit';

export const auditRoutes = routeTable({
  listAudit: {
    method: 'GET',
    path: '/audit',
    access,
    tag,
    summary: 'Search who did what, newest first',
    description:
      'A page may have fewer entries than asked for, even none, and still a `next`: so far was looked.',
    query: exact({ ...paging, ...filter }),
    status: 200,
    reply: page(AuditEntry),
  },
  exportAudit: {
    method: 'GET',
    path: '/audit/export',
    access,
    tag,
    summary: 'Download who did what, oldest first',
    description:
      'As lines of JSON, or as CSV. An entry without its `hash`, in canonical form (RFC 8785), is what the hash is of.',
    query: exact({ ...filter, format: Type.Optional(word(['jsonl', 'csv'], { default: 'jsonl' })) }),
    status: 200,
    replies: 'application/jsonl',
  },
  verifyAudit: {
    method: 'GET',
    path: '/audit/verify',
    access,
    tag,
    summary: 'Check the whole chain, and name the first entry that is broken',
    description:
      'With a number and hash that were noted earlier, a chain that was rewritten or cut is told too.',
    query: exact({ n: Type.Optional(Type.Integer({ minimum: 1 })), hash: Type.Optional(Hash) }),
    status: 200,
    reply: AuditVerdict,
  },
});
