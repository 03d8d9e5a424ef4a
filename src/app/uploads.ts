import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import type { Blobs, PutOutcome } from './blobs.ts';
import type { Caller } from './caller.ts';
import { makePackage, type PackageInput } from './package-upload.ts';
import { getPackage, type ShownPackage } from './packages.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { StoredUpload, UploadPiece } from './process-ports.ts';

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

/**
 * Uploads in pieces, each of which any process may take: a piece is stored like a package, and the last request makes one of
 * all of them.
 */
export type Uploads = {
  /** Refused: `too-large`, and `too-many-requests` while the account has as many under way as it may. */
  readonly begin: (caller: Caller, size: number) => Promise<Result<PartialUpload, Refusal>>;
  readonly find: (caller: Caller, id: string) => Promise<Result<PartialUpload, Refusal>>;
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
  readonly drop: (caller: Caller, id: string) => Promise<Result<undefined, Refusal>>;
};

/** So long without a piece, and an upload is forgotten. */
export const UPLOAD_PATIENCE = HOUR;
/** Uploads that an account may have under way at the same time. */
const MOST = 16;
/** What is received of one request is kept in pieces of so many bytes: no more is lost with a process. */
const PIECE = 64 * 1024 ** 2;

const about = (id: string) => ({ entity: 'upload', id }) as const;
const invalid = (field: string, expected: string, got: number) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: String(got) });

const shown = ({ id, size, received: offset, touchedAt }: StoredUpload): PartialUpload => ({
  ...{ id, size, offset },
  expiresAt: touchedAt + UPLOAD_PATIENCE,
});

type Cut = {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What its source did after the last of the bytes. */
  readonly after: () => 'more' | 'end' | { readonly error: unknown };
};

/** The next bytes of a source, which end where that breaks off too. */
const cutOf = (source: AsyncIterator<Uint8Array>): Cut => {
  let after: ReturnType<Cut['after']> = 'more';
  async function* read(): AsyncGenerator<Uint8Array> {
    for (let taken = 0; taken < PIECE; ) {
      const next = await source.next().catch((error: unknown) => ({ error }));
      if ('error' in next) after = next;
      else if (next.done === true) after = 'end';
      else {
        taken += next.value.byteLength;
        yield next.value;
        continue;
      }
      return;
    }
  }
  return { bytes: read(), after: () => after };
};

/** Uploads in pieces of at most so many bytes each, `Infinity` for no limit. */
export const newUploads = (deps: Deps, limit: number): Uploads => {
  const { store, clock, ids, blobs } = deps;
  const { uploads } = store;

  const lookUp = async ({ account }: Caller, id: string): Promise<Result<StoredUpload, Refusal>> => {
    const found = await uploads.find(account.key, id);
    return found === undefined || found.touchedAt + UPLOAD_PATIENCE <= clock()
      ? refused({ code: 'not-found', ...about(id) })
      : ok(found);
  };

  const begin: Uploads['begin'] = async (caller, size) => {
    if (size > limit) return refused({ code: 'too-large', limit });
    const account = caller.account.key;
    const now = clock();
    const mine = (await uploads.underWay(account)).filter(
      ({ touchedAt }) => touchedAt + UPLOAD_PATIENCE > now,
    );
    const [oldest] = mine;
    if (oldest !== undefined && mine.length >= MOST) {
      return refused({ code: 'too-many-requests', retryAt: oldest.touchedAt + UPLOAD_PATIENCE });
    }
    const upload = { account, id: ids.uuid(), size, touchedAt: now };
    await uploads.begin(upload);
    return ok(shown({ ...upload, received: 0, made: null }));
  };

  /** Stores what comes, piece by piece. */
  const receive = async (
    upload: StoredUpload,
    source: AsyncIterator<Uint8Array>,
  ): Promise<Result<PartialUpload, Refusal>> => {
    const { account, id, size } = upload;
    for (let received = upload.received; ; ) {
      const cut = cutOf(source);
      const put = await blobs.put(cut.bytes, size - received);
      if (!put.ok && put.refusal.code !== 'too-large') return put;
      if (!put.ok) {
        await uploads.drop(account, id);
        return refused({ code: 'too-large', limit: size });
      }
      const now = clock();
      if (put.value.size > 0) {
        const piece = { start: received, ...put.value };
        if (!(await uploads.append(account, id, piece, now)))
          return refused({ code: 'changed-meanwhile', ...about(id) });
        received += put.value.size;
      }
      const after = cut.after();
      if (after === 'end') return ok(shown({ ...upload, received, touchedAt: now }));
      if (after !== 'more') throw after.error;
    }
  };

  const append: Uploads['append'] = async (caller, id, offset, bytes) => {
    const found = await lookUp(caller, id);
    if (!found.ok) return found;
    const { received } = found.value;
    if (offset !== received) return invalid('offset', `${received}, as much as has arrived`, offset);
    const source = bytes[Symbol.asyncIterator]();
    try {
      return await receive(found.value, source);
    } finally {
      await source.return?.();
    }
  };

  async function* all(pieces: readonly UploadPiece[]): AsyncGenerator<Uint8Array> {
    for (const { sha256 } of pieces) yield* blobs.open(sha256);
  }

  /** What came in one piece is there already. */
  const join = async ({ account, id, size }: StoredUpload): Promise<PutOutcome> => {
    const pieces = await uploads.pieces(account, id);
    const [whole] = pieces;
    return whole?.size === size && size > 0 ? ok(whole) : blobs.put(all(pieces), size);
  };

  const finish: Uploads['finish'] = async (caller, id, input) => {
    const found = await lookUp(caller, id);
    if (!found.ok) return found;
    const { account, size, received, made: already } = found.value;
    if (already !== null) return getPackage(deps, caller, already);
    if (received < size) return invalid('size', `${size} bytes to have arrived`, received);
    const stored = await join(found.value);
    if (!stored.ok) return stored;
    const made = await makePackage(deps, caller, stored.value, input);
    if (made.ok) await uploads.finish(account, id, made.value.id, clock());
    return made;
  };

  return {
    begin,
    append,
    finish,
    find: async (caller, id) => {
      const found = await lookUp(caller, id);
      return found.ok ? ok(shown(found.value)) : found;
    },
    drop: async (caller, id) => {
      const found = await lookUp(caller, id);
      if (!found.ok) return found;
      await uploads.drop(caller.account.key, id);
      return ok(undefined);
    },
  };
};
