import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredAccount } from './account-records.ts';
import { type AuditHead, type AuditLink, emptyHead, flawOf, type Sha256 } from './audit-entry.ts';
import type { Caller } from './caller.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Hashing, Store } from './ports.ts';

type Deps = { readonly store: Pick<Store, 'audit'> };

/** What an entry has to be. Empty text and `null` do not filter. */
export type AuditFilter = {
  /** The id of a person, or `server`. */
  readonly actor: string;
  readonly action: string;
  /** The id of what something was done to, or of the campaign or device that it is about. */
  readonly object: string;
  /** In `[from, to)`. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** Anywhere in the entry, without regard to case. */
  readonly text: string;
};

/** Links that are read in one go: what is between them is other people's turn. */
const PIECE = 1_000;
/** So many are looked at for one page, which then ends early. */
const LONGEST_LOOK = 50_000;

/** Whether a link is wanted. */
const showsLink = ({ actor, action, object, from, to, text }: AuditFilter) => {
  const part = text.toLowerCase();
  return (link: AuditLink): boolean =>
    (actor === '' || link.actor === actor) &&
    (action === '' || link.action === action) &&
    (object === '' || [link.object, link.campaign, link.device].includes(object)) &&
    (from === null || link.at >= from) &&
    (to === null || link.at < to) &&
    (part === '' || link.entry.toLowerCase().includes(part));
};

/**
 * Entries newest first; `after` of the page is the number to go on below, 0 for the newest. A page may have fewer than
 * were asked for, even none, and still have a `next`: so far was looked.
 */
export const listAudit = async (
  { store }: Deps,
  { account }: Pick<Caller, 'account'>,
  filter: AuditFilter,
  { after, limit }: PageRequest,
): Promise<Page<AuditLink>> => {
  const shows = showsLink(filter);
  const items: AuditLink[] = [];
  let below = after === 0 ? Number.MAX_SAFE_INTEGER : after;
  for (let looked = 0; looked < LONGEST_LOOK && below > 1; looked += PIECE) {
    const links = await store.audit.before(account.key, below, PIECE);
    for (const link of links) {
      below = link.n;
      if (shows(link)) items.push(link);
      if (items.length === limit) return { items, next: below > 1 ? below : null };
    }
    if (links.length < PIECE) return { items, next: null };
  }
  return { items, next: below > 1 ? below : null };
};

/** All entries that are wanted, in order, as far as there were any when it began. */
export async function* exportAudit(
  { store }: Deps,
  { account }: Pick<Caller, 'account'>,
  filter: AuditFilter,
): AsyncGenerator<AuditLink> {
  const shows = showsLink(filter);
  const { n: last } = await store.audit.head(account.key);
  let after = 0;
  while (after < last) {
    const links = await store.audit.after(account.key, after, Math.min(PIECE, last - after));
    const end = links.at(-1);
    if (end === undefined) return;
    yield* links.filter(shows);
    after = end.n;
  }
}

/** What came of looking a chain through. */
export type AuditVerdict =
  | { readonly intact: true; readonly head: AuditHead }
  /** `n` is the first link that is not as it was written, or not there; all before it are intact. */
  | { readonly intact: false; readonly n: number; readonly problem: string };

type Looking = {
  readonly store: Deps['store'];
  readonly sha256: Sha256;
  readonly account: StoredAccount['key'];
  /** What somebody noted of the chain earlier. */
  readonly checkpoint: AuditHead | undefined;
};

const broken = (n: number, problem: string): AuditVerdict => ({ intact: false, n, problem });

const isOther = ({ n, hash }: AuditHead, checkpoint: AuditHead | undefined): boolean =>
  checkpoint?.n === n && checkpoint.hash !== hash;

/** Follows links from a head on: to where they go, or to the first that is broken. */
const follow = (
  from: AuditHead,
  links: readonly AuditLink[],
  { sha256, checkpoint }: Looking,
): AuditHead | AuditVerdict => {
  let head = from;
  for (const link of links) {
    const flaw = flawOf(head, link, sha256);
    if (flaw !== undefined) return broken(head.n + 1, flaw);
    head = { n: link.n, hash: link.hash };
    if (isOther(head, checkpoint)) return broken(head.n, 'the chain is another than that of the checkpoint');
  }
  return head;
};

/** Compares the end of the links with what is noted of it; `undefined` when there is more to follow. */
const settle = async (
  { store, account, checkpoint }: Looking,
  head: AuditHead,
): Promise<AuditVerdict | undefined> => {
  const noted = await store.audit.head(account);
  if (noted.n > head.n) {
    const [more] = await store.audit.after(account, head.n, 1);
    return more === undefined ? broken(head.n + 1, `entry ${head.n + 1} is missing`) : undefined;
  }
  if (noted.n < head.n) return broken(noted.n + 1, 'the entry is after the end of the chain');
  if (noted.hash !== head.hash)
    return broken(head.n, 'the end of the chain is another than the one that was noted');
  if (checkpoint !== undefined && checkpoint.n > head.n)
    return broken(head.n + 1, `entry ${head.n + 1} is missing: the checkpoint has ${checkpoint.n}`);
  return { intact: true, head };
};

/**
 * Looks the chain of an account through in pieces, from its first link on. A chain that was rewritten whole, or cut
 * short together with what is noted of its end, is told only by a checkpoint: a number and hash noted earlier.
 */
export const verifyAudit = async (
  { store, hashing }: Deps & { readonly hashing: Pick<Hashing, 'sha256'> },
  account: StoredAccount['key'],
  checkpoint?: AuditHead,
): Promise<Result<AuditVerdict, Refusal>> => {
  const looking = { store, sha256: hashing.sha256, account, checkpoint };
  let head = emptyHead;
  for (;;) {
    const links = await store.audit.after(account, head.n, PIECE);
    const came = follow(head, links, looking);
    if ('intact' in came) return ok(came);
    head = came;
    const verdict = links.length < PIECE ? await settle(looking, head) : undefined;
    if (verdict !== undefined) return ok(verdict);
  }
};
