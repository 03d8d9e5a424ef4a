import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Page, PageRequest } from './lists.ts';

/** Keeps secrets that a protocol computes with, so that who reads the store alone does not have them. */
export interface Sealing {
  /** Text that only who has the server's key can read; `about` is bound to it and must be given again. */
  seal(text: string, about: string): string;
  /** The text; `undefined` when it was sealed about something else, under a key that is not known, or was altered. */
  open(sealed: string, about: string): string | undefined;
  /** A key derived from the server's own for one purpose: the same after a restart and in every process. 32 bytes, base64. */
  derive(purpose: string): string;
}

export const sessionKinds = ['lwm2m', 'oma-dm'] as const;
export type SessionKind = (typeof sessionKinds)[number];

/** What a protocol keeps between two messages of a device; one record of each kind for a device. */
export type ProtocolSession = {
  readonly kind: SessionKind;
  readonly device: DeviceKey;
  /** How the device names it in its next message; unique in its kind over all accounts. */
  readonly name: string;
  /** JSON of the adapter. */
  readonly body: string;
  readonly expiresAt: Instant;
};

/** `version` is 1 after the insert and goes up by one with each write. */
export type StoredProtocolSession = ProtocolSession & {
  readonly account: AccountKey;
  readonly version: number;
};

/** Which session: the device has at most one of the kind. */
export type SessionPlace = Pick<StoredProtocolSession, 'account' | 'device' | 'kind'>;

/** With `was` only if it is still that version; without, only if there is none. */
export type SessionWrite = {
  readonly account: AccountKey;
  readonly was?: Pick<StoredProtocolSession, 'version'> | undefined;
  readonly value: ProtocolSession;
};

/** Neither changes nor events: no history tells of sessions. */
export interface ProtocolSessions {
  find(account: AccountKey, device: DeviceKey, kind: SessionKind): Promise<StoredProtocolSession | undefined>;
  findByName(kind: SessionKind, name: string): Promise<StoredProtocolSession | undefined>;
  /** Of all accounts, in a stable order; expired ones included. */
  list(kind: SessionKind, page: PageRequest): Promise<Page<StoredProtocolSession>>;
  /**
   * All flushed together. Answers those that were not written: somebody else was faster, another session of the kind has
   * the name, or the device is gone.
   */
  save(sessions: readonly SessionWrite[]): Promise<readonly SessionPlace[]>;
}
