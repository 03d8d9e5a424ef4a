import type { Outcome, Reason } from './outcome.ts';
import type { Phase, Position } from './position.ts';
import type { Admission } from './tally.ts';
import type { Instant, Slot } from './time.ts';

type Journey = {
  readonly position: Position;
  /** Since when it is at this position. */
  readonly since: Instant;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Fixed times for phases, set by an operator or by the device itself. */
  readonly slots: Readonly<Partial<Record<Phase, Slot>>>;
  /** Ids of the packages this device gets; `null` means those of the campaign. Frozen at delivery. */
  readonly packages: readonly string[] | null;
  /** 1 for the first journey of the device in the campaign; one more each time it begins again. */
  readonly generation: number;
  /** Under what it was let in, in a campaign that keeps tallies; `null` before its first phase was handed out. */
  readonly admission: Admission | null;
};

/**
 * For which places an open update waits and for nothing else, in a campaign that gives them out in order: those of the
 * campaign, or also one of a budget. The index is what the store keeps.
 */
export const queues = ['none', 'campaign', 'budget'] as const;
export type Queue = (typeof queues)[number];

/** How an update is to end once the device says that it stopped. */
export type Recall = {
  readonly outcome: Exclude<Outcome, 'succeeded'>;
  readonly reason: Reason;
  readonly message: string;
};

/** One device's journey in one campaign. Open it moves; closed it never changes again. */
export type Update =
  | (Journey & {
      readonly status: 'open';
      readonly notBefore: Instant;
      /** The device was told to begin, and is asked to stop: it may still refuse, or be too late. */
      readonly recall: Recall | null;
      readonly queue: Queue;
    })
  | (Journey & {
      readonly status: 'closed';
      readonly outcome: Outcome;
      readonly reason: Reason;
      readonly message: string;
    });
export type OpenUpdate = Extract<Update, { status: 'open' }>;

/** What follows a failure: decided by the retry policy before the command is given. */
export type Aftermath =
  | { readonly do: 'close' }
  | { readonly do: 'reset' }
  | { readonly do: 'retry'; readonly notBefore: Instant };

export type UpdateCommand =
  /** The device made contact and told what it is. */
  | { readonly type: 'check-in' }
  /** The server takes the next automatic step: `checkpoint` when the next phase needs a go per device. */
  | { readonly type: 'advance'; readonly checkpoint: boolean; readonly gateOpen: boolean }
  /** Someone fixed a time for a phase; at a checkpoint this is the go. */
  | { readonly type: 'schedule'; readonly phase: Phase; readonly slot: Slot }
  /** The device was handed the ready phase. */
  | {
      readonly type: 'deliver';
      readonly packages: readonly string[];
      /** Under what it is let in, if that is counted: kept with the first delivery only. */
      readonly admission: Admission | null;
    }
  /** The device says how far it is. One report may stand for several steps. */
  | { readonly type: 'report'; readonly phase: Phase; readonly step: 'running' | 'complete' }
  | {
      readonly type: 'report-failure';
      readonly reason: Reason;
      readonly message: string;
      readonly aftermath: Aftermath;
    }
  | { readonly type: 'report-reset'; readonly step: 'complete' | 'failed' }
  | {
      readonly type: 'reject';
      readonly message: string;
      /** Where it is counted if it was not let in before; nowhere when left out. */
      readonly counted?: Admission | null;
    }
  /** `never-seen` when it said nothing at all since it was told to begin; else a phase took too long. */
  | {
      readonly type: 'time-out';
      readonly reason?: 'phase-timed-out' | 'never-seen';
      readonly message: string;
      readonly aftermath: Aftermath;
    }
  /** What keeps it waiting changed. */
  | { readonly type: 'queue'; readonly queue: Queue }
  | { readonly type: 'set-packages'; readonly packages: readonly string[] | null }
  /** Ends the update, or asks the device to stop when it was told to begin. */
  | ({ readonly type: 'recall' } & Recall)
  | { readonly type: 'answer-recall'; readonly answer: 'stopped' | 'refused'; readonly message: string }
  | {
      readonly type: 'close';
      readonly outcome: Exclude<Outcome, 'succeeded'>;
      readonly reason: Reason;
      readonly message: string;
      /** As in `reject`. */
      readonly counted?: Admission | null;
    };

export type UpdateEvent =
  | { readonly type: 'update-moved'; readonly to: Position }
  | { readonly type: 'update-slot-set'; readonly phase: Phase; readonly slot: Slot }
  | { readonly type: 'update-packages-set'; readonly packages: readonly string[] | null }
  | ({ readonly type: 'update-admitted' } & Admission)
  | { readonly type: 'update-queued'; readonly queue: Queue }
  | ({ readonly type: 'update-recalled' } & Recall)
  | { readonly type: 'update-recall-refused'; readonly message: string }
  | { readonly type: 'update-retried'; readonly to: Position; readonly notBefore: Instant }
  | {
      readonly type: 'update-closed';
      readonly outcome: Outcome;
      readonly reason: Reason;
      readonly message: string;
      /** Where one is counted that was never let in. */
      readonly counted?: Admission;
    };
