import type { Account } from './proof.ts';
import type { UpdateOptions } from './updates.ts';
import type { El, Encoding } from './wire.ts';

export type DmDeviceOptions = UpdateOptions & {
  /** Where sessions begin. */
  readonly server: string;
  /** Its name, such as `IMEI:493005100592800`. */
  readonly id: string;
  readonly encoding?: Encoding;
  /** The media types of the standard, or those that the stock client sends. */
  readonly contentType?: 'vnd.syncml.dm' | 'vnd.syncml';
  /** How it proves itself; it begins without a nonce. */
  readonly account?: Account;
  /** What it demands of the server. */
  readonly serverAccount?: Account;
  readonly firmware?: string;
  readonly man?: string;
  readonly mod?: string;
  readonly maxMsgSize?: number;
  readonly largeObjects?: boolean;
  /** Results with more data than these bytes go in chunks. */
  readonly chunk?: number;
  readonly synchronous?: boolean;
  /** Sends the alert of an Exec before its Status. */
  readonly alertsFirst?: boolean;
};

/** What goes wrong in one session. Messages count from 1. */
export type SessionFaults = {
  /** Sends this message twice, the same bytes. */
  readonly repeats?: number;
  /** Gives up in place of this message: Alert 1223. */
  readonly abortsAt?: number;
  /** Says nothing more from this message on. */
  readonly silentFrom?: number;
  /** Gives this message the number of another. */
  readonly misnumbers?: { readonly message: number; readonly as: number };
};

export type SessionOptions = {
  /** The session of a notification: Alert 1200. */
  readonly triggered?: number;
  readonly faults?: SessionFaults;
  /** Before each message goes out. */
  readonly before?: (message: number) => Promise<void> | void;
  /** Sends a message again so often when there is no answer. */
  readonly insists?: { readonly times: number; readonly pause: () => Promise<void> };
};

export type Exchanged = {
  readonly sent: El;
  readonly sentBytes: Uint8Array;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly answer: El;
  readonly answerBytes: Uint8Array;
};

export type SessionLog = {
  readonly messages: readonly Exchanged[];
  /** `done` when the server had nothing more; `refused` when it did not believe the device. */
  readonly ended: 'done' | 'refused' | 'http' | 'aborted' | 'silent' | 'doubted';
};
