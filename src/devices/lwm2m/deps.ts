import type { Blobs } from '../../app/blobs.ts';
import type { NoteGate } from '../../app/check-in.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { Later } from '../../app/waker.ts';
import type { ProfileDefaults } from './profile.ts';

/** Lines about devices; each says which, and none is written for every message. */
export type Log = {
  readonly info: (about: object, line: string) => void;
  readonly warn: (about: object, line: string) => void;
};

export type Lwm2mDeps = {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly sealing: Sealing;
  readonly later: Later;
  readonly seen: Pick<LastSeen, 'note'>;
  readonly noteGate?: NoteGate | undefined;
  readonly log: Log;
};

export type Lwm2mSettings = {
  /** Id of the account of devices that prove nothing; empty for none. */
  readonly account: string;
  /** Under which devices reach this server for packages over HTTP, such as `https://muster.example`; empty for none. */
  readonly publicUrl: string;
  /** Name or address for URIs of CoAP; empty where none is offered. */
  readonly publicHost: string;
  /** Name of this machine among those that serve devices over one database; empty where this process has it for itself. */
  readonly machine: string;
  /** Who is given a key and told where to register (A1.5): nobody, who proves itself, or over plain listeners too. */
  readonly bootstrap: 'off' | 'secure' | 'plain';
  /** Packages that are written to devices at the same time. */
  readonly pushes: number;
  /** Registrations and bootstraps that one network may begin in a second where nothing is proven, and ten times as many at once. */
  readonly registrations: number;
  /** How long a package URI is good for, in milliseconds. */
  readonly ticketTtl: number;
  readonly defaults: ProfileDefaults;
};
