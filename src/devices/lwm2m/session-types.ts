import type { DeviceReport } from '../../app/check-in.ts';
import type { Phase } from '../../domain/position.ts';
import type { Instant } from '../../domain/time.ts';
import type { DeviceProfile } from './profile.ts';

/** Object 5, Firmware Update, or one instance of object 9, Software Management. */
export type ObjectKind = 'firmware' | 'software';

/** The states of both objects in one set of words (A1.11, A1.14); `delivered` of object 9 is `downloaded` here. */
export type ObjectState = 'idle' | 'downloading' | 'downloaded' | 'updating' | 'installed';

/** What was read of a device just now. `undefined` is what it does not have or would not tell. */
export type Readings = {
  readonly state: ObjectState | undefined;
  /** Its result as it came. */
  readonly result: number | undefined;
  /** What it runs now: the firmware version, or the version in the slot of the software. */
  readonly version: string | undefined;
  /** Object 9: whether what is installed is active. */
  readonly active?: boolean | undefined;
  /** Protocols for package URIs (resource 8); empty where it does not say. */
  readonly protocols: readonly number[];
  /** Delivery method (resource 9). */
  readonly method: number | undefined;
  /** Whether the object has Cancel (object 5 from 1.1 on). */
  readonly cancels: boolean;
  /** Object 9: which instance was read. */
  readonly slot?: number | undefined;
};

/** How a package gets to the device: written in blocks, or fetched by it under a URI of a scheme. */
export type Way = 'push' | Scheme;
export const schemes = ['https', 'coaps+tcp', 'coaps', 'http', 'coap+tcp', 'coap'] as const;
export type Scheme = (typeof schemes)[number];

/** What the gate gave: read anew before every step and never kept. */
export type Order = {
  /** Which attempt it is: campaign, journey and try. */
  readonly attempt: string;
  /** The journey alone: what an earlier try of it has brought to the device is no leftover of somebody else. */
  readonly journey: string;
  readonly kind: ObjectKind;
  /** The phase to carry out now. */
  readonly due: Phase | undefined;
  /** The device is asked to stop. */
  readonly recalled: boolean;
  /** Somebody had it begin again: what it has already is no reason to stop. */
  readonly again: boolean;
  /** The version that it is to have then; empty where the package has none. */
  readonly target: string;
  /** Bytes. */
  readonly size: number;
  /** Schemes that this server can serve the package under. */
  readonly offers: readonly Scheme[];
};

/**
 * How far an attempt is, as the store keeps it. `fresh`: nothing was written to the device. `settling`: it is asked to
 * forget what another attempt left. `transferring`: the package was, or is about to be, offered or written.
 * `downloaded`: the device has it. `executing`: Execute was, or is about to be, sent. `installed`: it runs.
 * `stopping`: it is asked to forget the package because of a recall.
 */
export const stages = [
  'idle',
  'fresh',
  'settling',
  'transferring',
  'downloaded',
  'executing',
  'installed',
  'stopping',
] as const;
export type Stage = (typeof stages)[number];

/** Everything that an attempt needs beside what is read. All of it is in the store before the next request goes out. */
export type Session = {
  readonly stage: Stage;
  readonly attempt: string;
  readonly journey: string;
  /** The journey that has brought the package to the device, also after a try of it has failed; empty for none. */
  readonly brought: string;
  readonly since: Instant;
  /** Which version it ran, which result it showed before, and in which state it was; -1 and empty for none. */
  readonly before: {
    readonly version: string;
    readonly result: number;
    readonly state: ObjectState | 'unknown';
  };
  /** How many ways to reset were tried. */
  readonly resets: number;
  readonly way: Way | null;
  /** Ways that the device has refused. */
  readonly refused: readonly Way[];
  /** How often the package was offered or begun to be written without anything coming of it. */
  readonly offers: number;
  /** A push: whether its last block was acknowledged. */
  readonly sent: boolean;
  /** A push that broke off: the offset to go on at, and when that was. */
  readonly from: number;
  readonly fromAt: Instant;
  /** How often Execute was sent, when last, and the result that the device showed before that. */
  readonly executes: number;
  readonly executedAt: Instant;
  readonly resultBefore: number;
  /** The device has put the installation off. */
  readonly deferred: boolean;
  /** Object 9: how often Activate was sent. */
  readonly activations: number;
  /** Object 9: the instance that the package goes to; -1 before it is known. */
  readonly slot: number;
};

export type Reset = 'cancel' | 'empty-uri' | 'nul-package' | 'uninstall';

/** What happened. Each device request is answered by one `answered`, each `ask` by one `order`, each `read` by one `read`. */
export type Input =
  /** Something may have changed: it registered, woke, notified, or a time has come. */
  | { readonly type: 'look' }
  /** `until`: when the clock alone may change the answer of the gate. */
  | { readonly type: 'order'; readonly order: Order | undefined; readonly until: Instant | null }
  | { readonly type: 'read'; readonly readings: Readings }
  /** It did not answer, or is asleep. `offset`: bytes of a push that it has acknowledged. */
  | { readonly type: 'silent'; readonly offset: number }
  /** The device's code, such as `2.04`; `broken` where it broke the rules of block-wise transfer. */
  | { readonly type: 'answered'; readonly code: string | 'broken'; readonly offset: number };

export type Action =
  | { readonly do: 'ask' }
  | { readonly do: 'read' }
  | { readonly do: 'reset'; readonly by: Reset }
  | { readonly do: 'offer'; readonly scheme: Scheme }
  | { readonly do: 'push'; readonly from: number }
  | { readonly do: 'execute' }
  | { readonly do: 'activate' }
  | { readonly do: 'observe' }
  | { readonly do: 'unobserve' }
  /** `word` and `code` go to the update's log. */
  | {
      readonly do: 'report';
      readonly said: DeviceReport;
      readonly word: string;
      readonly code: number | null;
      readonly lines: readonly string[];
    }
  /** Nothing until something happens, or the time has come. */
  | { readonly do: 'wait'; readonly until: Instant | null };

/** A session as it is to be kept, and what to do, in this order; the last one is a request, `ask` or `wait`. */
export type Step = { readonly session: Session; readonly actions: readonly Action[] };

export type Surrounding = { readonly profile: DeviceProfile; readonly now: Instant };
