import type { CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Actor, Subject } from './event-records.ts';

/** What an audited action is done to. */
const auditObjects = [
  'account',
  'campaign',
  'update',
  'device',
  'credential',
  'gateway-token',
  'package',
  'query',
  'document',
  'destination',
  'subscription',
  'user',
  'role',
  'token',
  'route',
  'audit',
  'server',
] as const;
export type AuditObject = (typeof auditObjects)[number];

/** A record before and after: what may be shown of it and is other than before. */
export type AuditedChange = {
  readonly kind: AuditObject;
  readonly id: string;
  /** `null` for a record that is new. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** `null` for a record that is gone. */
  readonly after: Readonly<Record<string, unknown>> | null;
  /** Names of what changed too and is not shown. */
  readonly hidden: readonly string[];
};

/** Something to be put into the chain of an account. Without an id, the object is what `campaign` or `device` say. */
export type AuditNote = {
  readonly at: Instant;
  readonly actor: Actor;
  /** The type of an event, or what only the audit tells, such as `signed-in`, `denied` or `audit-exported`. */
  readonly action: string;
  readonly object: { readonly kind: AuditObject; readonly id: string | null };
  readonly campaign: Subject<CampaignKey>;
  readonly device: Subject<DeviceKey>;
  /** What else is to be told, as JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly changes: readonly AuditedChange[];
};

/** The same with ids in place of keys. */
export type SettledNote = Omit<AuditNote, 'object' | 'campaign' | 'device'> & {
  readonly object: { readonly kind: AuditObject; readonly id: string };
  readonly campaign: string | null;
  readonly device: string | null;
};

/** A link of an account's chain as it is kept: `entry` is the canonical text, beside it what is searched by. */
export type AuditLink = {
  /** Counts from 1 without gaps. */
  readonly n: number;
  readonly at: Instant;
  /** The id of a person; `server` for the server. */
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly campaign: string | null;
  readonly device: string | null;
  readonly entry: string;
  /** SHA-256 of `entry` in lower-case hex. */
  readonly hash: string;
};

/** Where a chain ends. */
export type AuditHead = Pick<AuditLink, 'n' | 'hash'>;

/** What an entry holds once it is read again. */
export type AuditEntry = {
  readonly account: string;
  readonly n: number;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly actor: { readonly kind: Actor['kind']; readonly id: string | null };
  readonly origin: {
    readonly wire: string;
    readonly address: string;
    readonly agent: string;
    readonly request: string;
    readonly token: string | null;
  } | null;
  readonly action: string;
  readonly object: { readonly kind: AuditObject; readonly id: string };
  readonly campaign: string | null;
  readonly device: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly changes: readonly AuditedChange[];
  /** The hash of the entry before; of the first, 64 zeros. */
  readonly previous: string;
};

export type Sha256 = (text: string) => string;

/** The head of a chain that has no entries. */
export const emptyHead: AuditHead = { n: 0, hash: '0'.repeat(64) };

const LONGEST_VALUE = 4_096;

/** Whatever its characters, this many of them are written in no more than six each. */
const SURELY_SHORT = 512;

const isSurelyShort = (value: unknown): boolean =>
  typeof value === 'string' ? value.length <= SURELY_SHORT : typeof value !== 'object';

/** What is too long is told by its length and digest. */
const shortened = (value: unknown, sha256: Sha256): unknown => {
  if (isSurelyShort(value)) return value;
  const text = canonicalJson(value);
  return text.length <= LONGEST_VALUE ? value : { characters: text.length, sha256: sha256(text) };
};

const allShortened = (values: Readonly<Record<string, unknown>>, sha256: Sha256): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shortened(value, sha256)]));

const shortChange = (change: AuditedChange, sha256: Sha256): AuditedChange => ({
  ...change,
  before: change.before && allShortened(change.before, sha256),
  after: change.after && allShortened(change.after, sha256),
});

const originOf = (actor: Actor): AuditEntry['origin'] => {
  if (actor.kind !== 'user' || actor.origin === undefined) return null;
  const { wire, address, agent, request, token } = actor.origin;
  return { wire, address, agent, request, token };
};

const idOf = (actor: Actor): string | null => (actor.kind === 'server' ? null : actor.id);

const linkAfter = (head: AuditHead, account: string, note: SettledNote, sha256: Sha256): AuditLink => {
  const { at, actor, action, object, campaign, device } = note;
  const n = head.n + 1;
  const content: AuditEntry = {
    ...{ account, n, at: new Date(at).toISOString(), action, object, campaign, device },
    actor: { kind: actor.kind, id: idOf(actor) },
    origin: originOf(actor),
    data: allShortened(note.data, sha256),
    changes: note.changes.map((change) => shortChange(change, sha256)),
    previous: head.hash,
  };
  const entry = canonicalJson(content);
  const shown = { actor: idOf(actor) ?? 'server', action, object: object.id, campaign, device };
  return { n, at, ...shown, entry, hash: sha256(entry) };
};

/** The links that these notes become at the end of an account's chain; `account` is its id. */
export const chainOf = (
  head: AuditHead,
  account: string,
  notes: readonly SettledNote[],
  sha256: Sha256,
): readonly AuditLink[] => {
  const links: AuditLink[] = [];
  for (const note of notes) links.push(linkAfter(links.at(-1) ?? head, account, note, sha256));
  return links;
};

/** An entry by its text; `undefined` when that is not JSON. */
export const readEntry = ({ entry }: Pick<AuditLink, 'entry'>): AuditEntry | undefined => {
  try {
    return JSON.parse(entry) as AuditEntry;
  } catch {
    return undefined;
  }
};

/** What is wrong with a link that is to follow a head, in words; `undefined` when nothing is. */
export const flawOf = (head: AuditHead, link: AuditLink, sha256: Sha256): string | undefined => {
  if (link.n !== head.n + 1) return `entry ${head.n + 1} is missing`;
  if (sha256(link.entry) !== link.hash) return 'the entry is not the one that its hash was made of';
  const entry = readEntry(link);
  if (entry?.previous !== head.hash) return 'the entry does not follow the one before it';
  const told = {
    n: entry.n,
    at: Date.parse(entry.at),
    actor: entry.actor.id ?? 'server',
    action: entry.action,
    object: entry.object.id,
    campaign: entry.campaign,
    device: entry.device,
  };
  const { entry: _, hash: __, ...columns } = link;
  return canonicalJson(told) === canonicalJson(columns)
    ? undefined
    : 'what the entry is searched by is not what it says';
};
