import { type AuditLink, readEntry } from '../../app/audit-entry.ts';
import { type AuditFilter, exportAudit, listAudit, verifyAudit } from '../../app/audit-log.ts';
import { noteExport } from '../../app/audit-notes.ts';
import { type Cell, csvLine } from '../../app/csv.ts';
import type { Clock, Hashing, Store } from '../../app/ports.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { sendLines } from '../../http/lines.ts';
import type { AuditEntry, auditRoutes } from '../../wire/muster/audit.ts';
import type { Handlers } from './call.ts';
import { fromInstant, fromPaging, toPage } from './map.ts';
import { mapped } from './mapped.ts';

type Query = {
  readonly [Name in 'actor' | 'action' | 'object' | 'from' | 'to' | 'text']?: string | undefined;
};

const fromQuery = ({ actor = '', action = '', object = '', from, to, text = '' }: Query): AuditFilter => ({
  ...{ actor, action, object, text },
  from: from === undefined ? null : fromInstant(from),
  to: to === undefined ? null : fromInstant(to),
});

const unreadable = { kind: '', id: '' };

/** An entry that cannot be read any more shows what is left of it; looking the chain through names it. */
const toEntry = (link: AuditLink): AuditEntry => {
  const { n, at, actor, action, hash } = link;
  const entry = readEntry(link);
  if (entry !== undefined)
    return { ...entry, hash, changes: entry.changes.map((one) => ({ ...one, hidden: [...one.hidden] })) };
  return {
    ...{ n, action, hash, account: '', at: new Date(at).toISOString(), origin: null, object: unreadable },
    actor: { kind: 'user', id: actor },
    ...{ campaign: null, device: null, data: {}, changes: [], previous: '' },
  };
};

/** The text that was hashed, with the hash at its end. */
const jsonLine = ({ entry, hash }: AuditLink): string => `${entry.replace(/\}$/, '')},"hash":"${hash}"}\n`;

const columns: readonly (readonly [string, (entry: AuditEntry) => Cell])[] = [
  ['n', ({ n }) => n],
  ['at', ({ at }) => at],
  ['actorKind', ({ actor }) => actor.kind],
  ['actor', ({ actor }) => actor.id],
  ['token', ({ origin }) => origin?.token ?? null],
  ['wire', ({ origin }) => origin?.wire ?? null],
  ['address', ({ origin }) => origin?.address ?? null],
  ['agent', ({ origin }) => origin?.agent ?? null],
  ['request', ({ origin }) => origin?.request ?? null],
  ['action', ({ action }) => action],
  ['objectKind', ({ object }) => object.kind],
  ['object', ({ object }) => object.id],
  ['campaign', ({ campaign }) => campaign],
  ['device', ({ device }) => device],
  ['data', ({ data }) => JSON.stringify(data)],
  ['changes', ({ changes }) => JSON.stringify(changes)],
  ['previous', ({ previous }) => previous],
  ['hash', ({ hash }) => hash],
];

async function* jsonLines(links: AsyncIterable<AuditLink>): AsyncGenerator<string> {
  for await (const link of links) yield jsonLine(link);
}

async function* csvLines(links: AsyncIterable<AuditLink>): AsyncGenerator<string> {
  yield csvLine(columns.map(([name]) => name));
  for await (const link of links) {
    const entry = toEntry(link);
    yield csvLine(columns.map(([, cellOf]) => cellOf(entry)));
  }
}

const files = {
  jsonl: { name: 'audit.jsonl', type: 'application/jsonl; charset=utf-8', lines: jsonLines },
  csv: { name: 'audit.csv', type: 'text/csv; charset=utf-8', lines: csvLines },
} as const;

type Checkpoint = { readonly n: number; readonly hash: string } | undefined;

const checkpointIn = ({
  n,
  hash,
}: {
  n?: number | undefined;
  hash?: string | undefined;
}): Result<Checkpoint, Refusal> => {
  if (n !== undefined && hash !== undefined) return ok({ n, hash });
  if (n === undefined && hash === undefined) return ok(undefined);
  const [field, got] = n === undefined ? ['n', 'a hash alone'] : ['hash', 'a number alone'];
  return refused({ code: 'invalid', field, expected: 'both the number and the hash of an entry', got });
};

/** Who did what. */
export const auditHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'sha256'>;
}): Handlers<typeof auditRoutes> => ({
  listAudit: async ({ caller, query }) => {
    const paging = fromPaging(query);
    if (!paging.ok) return paging;
    return ok(toPage(await listAudit(deps, caller, fromQuery(query), paging.value), toEntry));
  },
  exportAudit: async ({ caller, query, reply }) => {
    const { format = 'jsonl', ...filter } = query;
    // What somebody looks for may be the very secret that must not be in here.
    const { text = '', ...told } = query;
    await noteExport(deps, caller, { ...told, searched: text !== '' });
    const { lines, ...file } = files[format];
    return ok(sendLines(reply, file, lines(exportAudit(deps, caller, fromQuery(filter)))));
  },
  verifyAudit: async ({ caller, query }) => {
    const checkpoint = checkpointIn(query);
    if (!checkpoint.ok) return checkpoint;
    return mapped(await verifyAudit(deps, caller.account.key, checkpoint.value), (verdict) =>
      verdict.intact
        ? { intact: true, entries: verdict.head.n, head: { ...verdict.head }, broken: null }
        : {
            intact: false,
            entries: verdict.n - 1,
            head: null,
            broken: { n: verdict.n, problem: verdict.problem },
          },
    );
  },
});
