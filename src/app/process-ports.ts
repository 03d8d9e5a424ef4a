import type { AccountKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredBlob } from './blobs.ts';

/** Who of several processes does what. A lease has one holder until an instant, whatever becomes of that one. */
export interface Leases {
  /** Takes or renews it until an instant, unless somebody else holds it; whether it is the holder's now. */
  take(name: string, holder: string, now: Instant, until: Instant): Promise<boolean>;
  /** Lets go of all that the holder has. */
  release(holder: string): Promise<void>;
  /** Whether anybody holds a lease whose name begins so. */
  anyHeld(prefix: string, now: Instant): Promise<boolean>;
}

/** Bytes of a package on their way in several requests: so many have been received. */
export type StoredUpload = {
  readonly account: AccountKey;
  readonly id: string;
  readonly size: number;
  readonly received: number;
  readonly touchedAt: Instant;
  /** The id of the package that was made of it. */
  readonly made: string | null;
};

/** Bytes that are stored by themselves, and come after all before `start`. */
export type UploadPiece = StoredBlob & { readonly start: number };

/** Uploads in pieces, which any process may take. Neither changes nor events: no history tells of them. */
export interface UploadStore {
  begin(upload: Pick<StoredUpload, 'account' | 'id' | 'size' | 'touchedAt'>): Promise<void>;
  find(account: AccountKey, id: string): Promise<StoredUpload | undefined>;
  /** Those of which no package was made, the one that was touched the longest ago first. */
  underWay(account: AccountKey): Promise<readonly StoredUpload[]>;
  pieces(account: AccountKey, id: string): Promise<readonly UploadPiece[]>;
  /** If exactly what comes before the piece has been received; whether. */
  append(account: AccountKey, id: string, piece: UploadPiece, at: Instant): Promise<boolean>;
  /** Notes what was made of it, and forgets the pieces. */
  finish(account: AccountKey, id: string, made: string, at: Instant): Promise<void>;
  drop(account: AccountKey, id: string): Promise<void>;
  /** Drops all that nobody has touched since. */
  expire(before: Instant): Promise<void>;
}
