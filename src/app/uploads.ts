import type { AccountKey } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import type { Blobs, PutOutcome } from './blobs.ts';
import { type ByteFeed, newByteFeed } from './byte-feed.ts';
import type { Caller } from './caller.ts';
import { makePackage, type PackageInput } from './package-upload.ts';
import { getPackage, type ShownPackage } from './packages.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly blobs: Blobs;
};

/** Bytes of a package on their way in several requests: so many of so many. */
export type PartialUpload = {
  readonly id: string;
  readonly size: number;
  readonly offset: number;
  readonly expiresAt: Instant;
};

/** Uploads in pieces. They live in this process, as package bytes belong to one; nothing of them is stored. */
export type Uploads = {
  /** Refused: `too-large`, and `too-many-requests` while the account has as many under way as it may. */
  readonly begin: (caller: Caller, size: number) => Result<PartialUpload, Refusal>;
  readonly find: (caller: Caller, id: string) => Result<PartialUpload, Refusal>;
  /** Takes the bytes that begin at an offset. When their source throws, so does this, and what came before it counts. */
  readonly append: (
    caller: Caller,
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ) => Promise<Result<PartialUpload, Refusal>>;
  /** Makes the package, once; refused as `createPackage` does, and `invalid` while bytes are missing. */
  readonly finish: (
    caller: Caller,
    id: string,
    input: PackageInput,
  ) => Promise<Result<ShownPackage, Refusal>>;
  readonly drop: (caller: Caller, id: string) => Result<undefined, Refusal>;
};

type Held = {
  readonly account: AccountKey;
  readonly size: number;
  readonly feed: ByteFeed;
  readonly stored: Promise<PutOutcome>;
  offset: number;
  touchedAt: Instant;
  /** A piece is being taken. */
  isBusy: boolean;
  /** The package that was made of it. */
  made: string | undefined;
};

/** So long without a piece, and an upload is forgotten. */
const PATIENCE = HOUR;
/** Uploads that an account may have under way at the same time. */
const MOST = 16;

const about = (id: string) => ({ entity: 'upload', id }) as const;
const invalid = (field: string, expected: string, got: number) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: String(got) });

/** Uploads in pieces of at most so many bytes each, `Infinity` for no limit. */
export const newUploads = (deps: Deps, limit: number): Uploads => {
  const { clock, ids, blobs } = deps;
  const held = new Map<string, Held>();

  const forget = (id: string, { feed }: Held): void => {
    held.delete(id);
    feed.fail(new Error(`upload ${id} was given up`));
  };

  const sweep = (): void => {
    const before = clock() - PATIENCE;
    for (const [id, one] of held) if (one.touchedAt <= before && !one.isBusy) forget(id, one);
  };

  const lookUp = (caller: Caller, id: string): Result<Held, Refusal> => {
    sweep();
    const found = held.get(id);
    return found?.account === caller.account.key ? ok(found) : refused({ code: 'not-found', ...about(id) });
  };

  const shown = (id: string, { size, offset, touchedAt }: Held): PartialUpload => ({
    id,
    size,
    offset,
    expiresAt: touchedAt + PATIENCE,
  });

  /** Whether all that came was taken; not when the store of bytes wants no more. */
  const take = async (
    one: Held,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<'all' | 'too-large' | 'closed'> => {
    for await (const piece of bytes) {
      if (one.offset + piece.byteLength > one.size) return 'too-large';
      if (!(await one.feed.push(piece))) return 'closed';
      one.offset += piece.byteLength;
      one.touchedAt = clock();
    }
    return 'all';
  };

  const begin: Uploads['begin'] = (caller, size) => {
    sweep();
    if (size > limit) return refused({ code: 'too-large', limit });
    const account = caller.account.key;
    const mine = held.values().filter((one) => one.account === account && one.made === undefined);
    const touched = mine.map(({ touchedAt }) => touchedAt).toArray();
    if (touched.length >= MOST) {
      return refused({ code: 'too-many-requests', retryAt: Math.min(...touched) + PATIENCE });
    }
    const id = ids.uuid();
    const feed = newByteFeed();
    const stored = blobs.put(feed.bytes, size);
    // Whoever sends or finishes hears of it; an upload that is given up fails with nobody there.
    stored.catch(() => undefined);
    const one: Held = {
      ...{ account, size, feed, stored },
      ...{ offset: 0, touchedAt: clock(), isBusy: false, made: undefined },
    };
    held.set(id, one);
    return ok(shown(id, one));
  };

  const append: Uploads['append'] = async (caller, id, offset, bytes) => {
    const found = lookUp(caller, id);
    if (!found.ok) return found;
    const one = found.value;
    if (one.isBusy) return refused({ code: 'changed-meanwhile', ...about(id) });
    if (offset !== one.offset) return invalid('offset', `${one.offset}, as much as has arrived`, offset);
    one.isBusy = true;
    const taken = await take(one, bytes).finally(() => {
      one.isBusy = false;
      one.touchedAt = clock();
    });
    if (taken === 'all') return ok(shown(id, one));
    forget(id, one);
    if (taken === 'too-large') return refused({ code: 'too-large', limit: one.size });
    const outcome = await one.stored;
    return outcome.ok ? refused({ code: 'not-found', ...about(id) }) : outcome;
  };

  const finish: Uploads['finish'] = async (caller, id, input) => {
    const found = lookUp(caller, id);
    if (!found.ok) return found;
    const one = found.value;
    if (one.made !== undefined) return getPackage(deps, caller, one.made);
    if (one.offset < one.size || one.isBusy)
      return invalid('size', `${one.size} bytes to have arrived`, one.offset);
    one.feed.end();
    one.touchedAt = clock();
    const outcome = await one.stored;
    if (!outcome.ok) {
      forget(id, one);
      return outcome;
    }
    // Bytes that were without a package for too long were swept.
    if ((await blobs.size(outcome.value.sha256)) === undefined) {
      forget(id, one);
      return refused({ code: 'not-found', ...about(id) });
    }
    const made = await makePackage(deps, caller, outcome.value, input);
    if (made.ok) one.made = made.value.id;
    return made;
  };

  return {
    begin,
    append,
    finish,
    find: (caller, id) => {
      const found = lookUp(caller, id);
      return found.ok ? ok(shown(id, found.value)) : found;
    },
    drop: (caller, id) => {
      const found = lookUp(caller, id);
      if (!found.ok) return found;
      forget(id, found.value);
      return ok(undefined);
    },
  };
};
