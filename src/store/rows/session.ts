import {
  type ProtocolSession,
  type SessionPlace,
  type StoredProtocolSession,
  sessionKinds,
} from '../../app/protocol-ports.ts';
import { asKey, indexOf, wordAt } from './codec.ts';

/** A session as its columns hold it; its kind is the place in the list of kinds. */
export type ProtocolSessionRow = {
  kind: number;
  account: number;
  device: number;
  expires_at: number;
  version: number;
  name: string;
  body: string;
};

export type SessionPlaceCells = { readonly k: number; readonly a: number; readonly d: number };

export const toPlaceCells = ({ kind, account, device }: SessionPlace): SessionPlaceCells => ({
  k: indexOf(sessionKinds, kind),
  a: account,
  d: device,
});

/** `v` is the version that was read; 0 where none was. */
export type SessionCells = SessionPlaceCells & {
  readonly v: number;
  readonly e: number;
  readonly n: string;
  readonly b: string;
};

export const toSessionCells = (account: number, value: ProtocolSession, version: number): SessionCells => ({
  ...{ k: indexOf(sessionKinds, value.kind), a: account, d: value.device },
  ...{ v: version, e: value.expiresAt, n: value.name, b: value.body },
});

export const fromSessionRow = (row: ProtocolSessionRow): StoredProtocolSession => ({
  kind: wordAt(sessionKinds, row.kind),
  account: asKey(row.account),
  device: asKey(row.device),
  name: row.name,
  body: row.body,
  expiresAt: row.expires_at,
  version: row.version,
});
