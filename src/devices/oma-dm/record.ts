import type { Instant } from '../../domain/time.ts';
import type { Scheme } from './digest.ts';
import type { Told } from './inventory.ts';
import type { Outgoing } from './outgoing.ts';
import type { Script } from './script-types.ts';

/** What is known of where a device keeps its management objects, and when that was looked for. */
export type Tree = {
  /** The firmware version under which it was looked for: with another one it is looked for anew. */
  readonly firmware: string;
  readonly fumo: { readonly root: string; readonly children: readonly string[] } | null;
  /** Node of the object for software (SCOMO). */
  readonly scomo: string | null;
  /** Ways of FUMO that the device said it does not implement. */
  readonly refused: readonly Way[];
};

/** `all` fetches and installs in one go. */
export type Operation = 'download' | 'update' | 'all';

/** How an update may begin: in two steps with a download, or in one. */
export type Way = Exclude<Operation, 'update'>;

/** What a device was told to carry out last, and has not been done with. */
export type Attempt = {
  readonly id: string;
  /** Which package of how many it is at. */
  readonly index: number;
  readonly count: number;
  /** Where the operation is; empty before it was sent. */
  readonly node: string;
  /** The latest of this package; `null` where none was sent, or the device does not implement it. */
  readonly operation: Operation | null;
  /** Whether the device has told that it is done. */
  readonly isDone: boolean;
  /** How the device said that it does not implement an operation; empty where it did not. */
  readonly refusal: string;
  readonly sentAt: Instant;
  /** Whether the device has acknowledged the operation. */
  readonly isTaken: boolean;
  /** What State was before the operation was sent; `null` where that is not known. */
  readonly stateBefore: number | null;
  /** The session in which the device told of success; empty before that. */
  readonly succeededIn: string;
};

/** What came back for one of our commands: its Status, and the items of its Results. */
export type Answer = {
  readonly status: number | null;
  readonly items: readonly { readonly source: string; readonly format: string; readonly data: string }[];
};
export type Answers = Readonly<Record<string, Answer>>;

/** A large object of the device of which some chunks are here, in base64 or as text. */
export type Partial = {
  readonly node: string;
  readonly key: string;
  readonly format: string;
  readonly size: number | null;
  readonly binary: boolean;
  readonly chunks: readonly string[];
  readonly length: number;
};

/** What this session has shown of the device. */
export type Facts = {
  readonly firmware: string | null;
  readonly state: number | null;
  readonly largeObjects: boolean;
};

/** One session, between two of its messages. The numbers of our messages equal theirs: each has one answer. */
export type Session = {
  /** Stands in the RespURI. */
  readonly token: string;
  readonly sessionId: string;
  /** How the device names itself and us. */
  readonly source: string;
  readonly target: string;
  readonly startedAt: Instant;
  readonly heardAt: Instant;
  readonly msgId: number;
  /** Digest of the last request and the answer to it, in base64, with its MAC. */
  readonly request: string;
  readonly answer: string;
  readonly mac: string;
  /** Bytes of the largest message that the device takes. */
  readonly maxMessage: number;
  /** For how long a proof holds: for the session, or each message brings its own. */
  readonly proof: 'session' | 'message';
  readonly answers: Answers;
  /** Keys of what was sent last, by CmdID, and in which message that was. */
  readonly sent: Readonly<Record<string, string>>;
  readonly sentIn: number;
  /** The commands of the last message, to be sent again when the device did not believe that it was us. */
  readonly last: readonly Outgoing[];
  readonly doubts: number;
  readonly queue: readonly Outgoing[];
  readonly partial: Partial | null;
  /** What the device said of itself by itself. */
  readonly told: Told;
  readonly facts: Facts;
  readonly script: Script;
  /** Nothing more is to come of it. */
  readonly over: boolean;
};

/** A trigger that asked the device to begin a session, and has had no answer. */
export type Triggered = {
  readonly sessionId: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly count: number;
};

/** All that is kept of a device of this protocol between its messages and sessions. */
export type DmRecord = {
  /** Nonces of the device follow from these, so that challenges need no writing. */
  readonly seed: string;
  readonly uses: number;
  /** The newest nonce that the device gave us, in base64, and the scheme that it asked for. */
  readonly theirNonce: string;
  readonly theirScheme: Scheme | null;
  readonly tree: Tree | null;
  readonly attempt: Attempt | null;
  /** Nodes that we made on the device, to be deleted once no attempt needs them. */
  readonly made: readonly string[];
  readonly session: Session | null;
  readonly triggered: Triggered | null;
};

/** What is known of a device that never had a session. */
export const newRecord = (seed: string): DmRecord => ({
  seed,
  uses: 0,
  theirNonce: '',
  theirScheme: null,
  tree: null,
  attempt: null,
  made: [],
  session: null,
  triggered: null,
});
