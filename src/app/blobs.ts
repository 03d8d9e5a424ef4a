import type { RefusalOf } from '../domain/refusal.ts';
import type { Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';

/** Half-open byte positions `[start, end)`; an end beyond the last byte (or `Infinity`) means "to the end". */
export type Range = { readonly start: number; readonly end: number };

/** Digests in lower-case hex, size in bytes. The SHA-256 is the blob's identity. */
export type StoredBlob = {
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  readonly size: number;
};

export type PutOutcome = Result<StoredBlob, RefusalOf<'too-large' | 'storage-full'>>;

/** The scripts a package may bring, in the order in which a gateway runs them. */
export type ScriptPhase = 'verify' | 'execute' | 'validate' | 'activate' | 'reset';

/**
 * What the bytes are. `opaque` is anything Muster does not look into. `corrupt` is an `.iotcp` archive that
 * breaks its own format or is not safe to extract; `problem` is one sentence fit for the person who uploaded it.
 */
export type Inspection =
  | { readonly form: 'opaque' }
  | {
      readonly form: 'iotcp';
      readonly name: string;
      readonly version: string;
      readonly headless: boolean;
      readonly phases: readonly ScriptPhase[];
    }
  | { readonly form: 'corrupt'; readonly problem: string };

/** Takes a piece of the bytes; the piece is good until this resolves, and what rejects ends the work. */
export type Take = (piece: Uint8Array) => Promise<void>;

/** Those whose downloads may be led to where the bytes are, where there is such a place. */
export const redirects = ['muster', 'pulse', 'gateway', 'ddi', 'lwm2m', 'oma-dm'] as const;
export type Redirects = readonly (typeof redirects)[number][];

/** How bytes are to be saved by whoever follows a link to them. */
export type LinkAs = { readonly fileName: string; readonly contentType: string };

/** `storedAt` is when the bytes were last put, so putting known bytes again renews it. */
export type ListedBlob = { readonly sha256: string; readonly storedAt: Instant };

/**
 * Package bytes, stored once by content. A `sha256` that is not 64 lower-case hex digits is a defect and
 * throws; so does asking for the bytes of a blob that is not there, or that were altered since: what is handed out is what was put.
 */
export type Blobs = {
  /**
   * Streams `source` in and resolves once the bytes are flushed and visible; until then, and after a refusal
   * or a throw, nothing is visible. `limit` is in bytes, `Infinity` for none. When the source throws, so does
   * this. A source that is not read to its end is closed (its iterator's `return`): hand in an iterator that
   * survives this where an answer must still travel over the same connection.
   */
  put(source: AsyncIterable<Uint8Array>, limit: number): Promise<PutOutcome>;
  /**
   * The bytes of one range, all of them when it is left out. A read under way survives `remove`, or throws where the storage
   * is another server.
   */
  open(sha256: string, range?: Range): AsyncIterable<Uint8Array>;
  /**
   * Hands out the bytes of one range piece by piece, each once the one before was taken. For sending to many at once:
   * they may share what was read.
   */
  pour(sha256: string, range: Range, take: Take): Promise<void>;
  /** Size in bytes, undefined when the blob is not there. */
  size(sha256: string): Promise<number | undefined>;
  /** Reads the stored bytes as an archive; nothing is extracted. */
  inspect(sha256: string): Promise<Inspection>;
  /** Every blob, in no order; one put or removed meanwhile may or may not be seen. */
  list(): AsyncIterable<ListedBlob>;
  /**
   * Removes a blob; no error when it is not there. With `storedBefore`, a blob put again at or after that
   * instant stays, so that a sweep which decided on an older listing does not take a fresh upload.
   */
  remove(sha256: string, storedBefore?: Instant): Promise<void>;
  /** A URL that hands out the bytes for some time without us, to whoever has it; undefined where there is none. */
  link(sha256: string, as: LinkAs): Promise<string | undefined>;
  /** Lets go of what puts that began before an instant, and of which nobody knows any more, have left; answers how many. */
  abandon(before: Instant): Promise<number>;
};
