import type { StoredAccount } from '../../app/account-records.ts';
import type { Blobs } from '../../app/blobs.ts';
import type { NoteGate } from '../../app/check-in.ts';
import type { DeviceProof } from '../../app/device-access.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { MacHeader } from './digest.ts';
import type { Failures } from './failures.ts';
import type { Encoding, Message } from './message.ts';

/** When a device may send its password as it is: over TLS, whatever the connection, or not at all. */
const basicRules = ['tls', 'always', 'never'] as const;
export type BasicRule = (typeof basicRules)[number];

export type OmaDmDeps = {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256' | 'equal' | 'hmacSha256'>;
  readonly sealing: Sealing;
  readonly seen: Pick<LastSeen, 'note'>;
  readonly noteGate?: NoteGate | undefined;
  /** What links begin with; absent, the address under which the device asks. */
  readonly publicUrl: string | undefined;
  /** Addresses and CIDR networks whose word on a certificate is believed. */
  readonly trustedProxies: readonly string[];
  readonly basic: BasicRule;
  /** Wrong proofs of a device in a minute that are looked at; 0 sets no limit. */
  readonly attempts: number;
  /** Told of what went wrong outside of a session. */
  readonly warn: (what: object, message: string) => void;
};

/** One message of a device, read, with all that its request says beside it. */
export type Call = {
  readonly account: StoredAccount;
  /** Out of the path, where a RespURI led there. */
  readonly token: string | undefined;
  readonly message: Message;
  readonly body: Uint8Array;
  /** Digest of the body and its MAC. */
  readonly digest: string;
  readonly encoding: Encoding;
  readonly mac: MacHeader | undefined;
  readonly certificate: Extract<DeviceProof, { readonly kind: 'certificate' }> | undefined;
  readonly allowsBasic: boolean;
  /** From where it came. */
  readonly source: string;
  readonly failures: Failures;
  /** What links begin with. */
  readonly base: string;
};

/** Bytes to answer with, in the encoding of the question. */
export type Answered = { readonly body: Uint8Array; readonly mac: string };
