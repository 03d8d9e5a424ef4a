import type { Phase, Position } from '../../src/domain/position.ts';
import type { RefusalCode } from '../../src/domain/refusal.ts';
import type { Outcome, UpdateCommand } from '../../src/domain/update.ts';

/** A state that an update comes through, in the words of its event. */
export type Place = Position | `back to ${Position}` | `closed: ${Outcome}`;

/** The places a command leads through in turn; or it is only recorded, changes nothing, or is refused. */
export type Expected = readonly Place[] | 'recorded' | 'nothing' | RefusalCode;

/** The variants of a command that may be answered differently at the same position. */
export const situations = {
  'check-in': ['any'],
  advance: [
    'gate open',
    'gate shut',
    'gate open, slot ahead',
    'checkpoint',
    'checkpoint, slot ahead',
    'checkpoint, slot begun',
    'checkpoint, slot begun, gate shut',
    'checkpoint, slot over',
  ],
  schedule: ['download', 'execution', 'activation', 'ends before it begins'],
  deliver: ['any'],
  report: [
    'download running',
    'download complete',
    'execution running',
    'execution complete',
    'activation running',
    'activation complete',
  ],
  'report-failure': ['close', 'reset', 'retry'],
  'report-reset': ['complete', 'failed'],
  reject: ['any'],
  'time-out': ['close', 'reset', 'retry'],
  queue: ['another', 'the same'],
  'set-packages': ['others', 'the same'],
  recall: ['once', 'again'],
  'answer-recall': ['stopped', 'refused', 'stopped, not asked', 'refused, not asked'],
  close: ['failed', 'rejected', 'cancelled', 'timed-out', 'removed', 'closed-by-operator'],
} as const satisfies Record<UpdateCommand['type'], readonly string[]>;

export type CommandType = UpdateCommand['type'];
export type Situation<Type extends CommandType> = (typeof situations)[Type][number];
type Cell<Type extends CommandType> = Readonly<Record<Situation<Type>, Expected>>;
type Row = { readonly [Type in CommandType]: Expected | Cell<Type> };

const wrong = 'update/wrong-step';

const milestones = [
  'download-running',
  'download-complete',
  'execution-running',
  'execution-complete',
  'activation-running',
  'activation-complete',
] as const;

/** A report names a milestone: known ones change nothing, a later one brings all up to it. */
const reports = (reached: number): Cell<'report'> => {
  const upTo = (milestone: number): Expected =>
    milestone <= reached ? 'nothing' : milestones.slice(reached, milestone);
  const all: Expected =
    reached === 6 ? 'nothing' : [...milestones.slice(reached), 'closed: succeeded' as const];
  return {
    'download running': upTo(1),
    'download complete': upTo(2),
    'execution running': upTo(3),
    'execution complete': upTo(4),
    'activation running': upTo(5),
    'activation complete': all,
  };
};

const entries = {
  download: 'inventoried',
  execution: 'download-complete',
  activation: 'execution-complete',
} as const satisfies Record<Phase, Position>;

const failures = (
  phase: Phase,
  closed: 'closed: failed' | 'closed: timed-out',
): Cell<'report-failure' | 'time-out'> => ({
  close: [`${phase}-failed`, closed],
  reset: [`${phase}-failed`, 'resetting'],
  retry: [`${phase}-failed`, `back to ${entries[phase]}`],
});

/** A phase fails that the device has, or the next when it is ahead of the server. */
const failing = (phase: Phase): Pick<Row, 'report-failure' | 'time-out'> => ({
  'report-failure': failures(phase, 'closed: failed'),
  'time-out': failures(phase, 'closed: timed-out'),
});

const slots = (download: Expected, execution: Expected, activation: Expected): Cell<'schedule'> => ({
  download,
  execution,
  activation,
  'ends before it begins': 'invalid',
});

/** Slots of phases that were handed out are fixed; later ones can still be set ahead of need. */
const slotsFrom = (phase: Phase | 'none', own: Expected): Cell<'schedule'> => {
  if (phase === 'download') return slots(own, 'recorded', 'recorded');
  if (phase === 'execution') return slots(wrong, own, 'recorded');
  return phase === 'activation' ? slots(wrong, wrong, own) : slots(wrong, wrong, wrong);
};

const changePackages: Cell<'set-packages'> = { others: 'recorded', 'the same': 'nothing' };

/** What holds at every open position; and before delivery the packages can change, and nobody has to be asked to stop. */
const openRow: Row = {
  'check-in': 'nothing',
  advance: 'nothing',
  schedule: slotsFrom('none', wrong),
  deliver: wrong,
  report: reports(6),
  'report-failure': wrong,
  'report-reset': wrong,
  reject: ['closed: rejected'],
  'time-out': wrong,
  queue: 'nothing',
  'set-packages': wrong,
  recall: { once: 'recorded', again: 'nothing' },
  'answer-recall': {
    stopped: ['closed: cancelled'],
    refused: 'recorded',
    'stopped, not asked': wrong,
    'refused, not asked': 'nothing',
  },
  close: {
    failed: ['closed: failed'],
    rejected: ['closed: rejected'],
    cancelled: ['closed: cancelled'],
    'timed-out': ['closed: timed-out'],
    removed: ['closed: removed'],
    'closed-by-operator': ['closed: closed-by-operator'],
  },
};

const untold: Row = {
  ...openRow,
  schedule: slots('recorded', 'recorded', 'recorded'),
  report: wrong,
  queue: { another: 'recorded', 'the same': 'nothing' },
  'set-packages': changePackages,
  recall: ['closed: cancelled'],
  'answer-recall': wrong,
};

const reached = { download: 0, execution: 2, activation: 4 } as const;

/** Before a phase: it may be waited for, entered, or reported by a device that did not wait. */
const ahead = (phase: Phase): Row =>
  phase === 'download' ? untold : { ...openRow, report: reports(reached[phase]), ...failing(phase) };

const entering = (phase: Phase): Row => ({
  ...ahead(phase),
  schedule: slotsFrom(phase, 'recorded'),
  advance: {
    'gate open': [`${phase}-ready`],
    'gate shut': [`${phase}-scheduled`],
    'gate open, slot ahead': [`${phase}-scheduled`],
    checkpoint: [`${phase}-awaiting-approval`],
    'checkpoint, slot ahead': [`${phase}-scheduled`],
    'checkpoint, slot begun': [`${phase}-ready`],
    'checkpoint, slot begun, gate shut': [`${phase}-scheduled`],
    'checkpoint, slot over': [`${phase}-awaiting-approval`],
  },
});

const awaitingApproval = (phase: Phase): Row => ({
  ...ahead(phase),
  schedule: slotsFrom(phase, [`${phase}-scheduled`]),
  advance: {
    'gate open': [`${phase}-scheduled`],
    'gate shut': [`${phase}-scheduled`],
    'gate open, slot ahead': [`${phase}-scheduled`],
    checkpoint: 'nothing',
    'checkpoint, slot ahead': [`${phase}-scheduled`],
    'checkpoint, slot begun': [`${phase}-scheduled`],
    'checkpoint, slot begun, gate shut': [`${phase}-scheduled`],
    'checkpoint, slot over': 'nothing',
  },
});

const scheduled = (phase: Phase): Row => ({
  ...ahead(phase),
  schedule: slotsFrom(phase, 'recorded'),
  advance: {
    'gate open': [`${phase}-ready`],
    'gate shut': 'nothing',
    'gate open, slot ahead': 'nothing',
    checkpoint: [`${phase}-awaiting-approval`],
    'checkpoint, slot ahead': 'nothing',
    'checkpoint, slot begun': [`${phase}-ready`],
    'checkpoint, slot begun, gate shut': 'nothing',
    'checkpoint, slot over': [`${phase}-awaiting-approval`],
  },
});

const ready = (phase: Phase): Row => ({
  ...ahead(phase),
  report: reports(reached[phase]),
  ...failing(phase),
  schedule: slotsFrom(phase, [`${phase}-scheduled`]),
  deliver: [`${phase}-running`],
  advance: {
    'gate open': 'nothing',
    'gate shut': [`${phase}-scheduled`],
    'gate open, slot ahead': [`${phase}-scheduled`],
    checkpoint: [`${phase}-awaiting-approval`],
    'checkpoint, slot ahead': [`${phase}-scheduled`],
    'checkpoint, slot begun': 'nothing',
    'checkpoint, slot begun, gate shut': [`${phase}-scheduled`],
    'checkpoint, slot over': [`${phase}-awaiting-approval`],
  },
});

const running = (phase: Phase): Row => ({
  ...openRow,
  schedule: slotsFrom(phase, wrong),
  deliver: 'nothing',
  report: reports(reached[phase] + 1),
  ...failing(phase),
});

const failed = (phase: Phase): Row => ({
  ...openRow,
  schedule: slotsFrom(phase, wrong),
  report: reports(reached[phase] + 2),
  ...failing(phase),
});

const resetting: Row = {
  ...openRow,
  'report-failure': 'nothing',
  'time-out': ['reset-failed', 'closed: timed-out'],
};

/** Every position of an open update against every command. Written by hand, as the campaign's table is. */
export const openTable = {
  pending: { ...untold, 'check-in': ['inventoried'] },
  inventoried: entering('download'),
  'download-awaiting-approval': awaitingApproval('download'),
  'download-scheduled': scheduled('download'),
  'download-ready': ready('download'),
  'download-running': running('download'),
  'download-complete': entering('execution'),
  'download-failed': failed('download'),
  'execution-awaiting-approval': awaitingApproval('execution'),
  'execution-scheduled': scheduled('execution'),
  'execution-ready': ready('execution'),
  'execution-running': running('execution'),
  'execution-complete': entering('activation'),
  'execution-failed': failed('execution'),
  'activation-awaiting-approval': awaitingApproval('activation'),
  'activation-scheduled': scheduled('activation'),
  'activation-ready': ready('activation'),
  'activation-running': running('activation'),
  'activation-complete': openRow,
  'activation-failed': failed('activation'),
  resetting: {
    ...resetting,
    'report-reset': {
      complete: ['reset', 'closed: failed'],
      failed: ['reset-failed', 'closed: failed'],
    },
  },
  reset: resetting,
  'reset-failed': resetting,
} as const satisfies Record<Position, Row>;

/**
 * What is answered otherwise while the device is asked to stop: the server takes no step and lets nobody try
 * again. What the device itself says counts as before.
 */
export const expectedWhenRecalled = (position: Position, type: CommandType, situation: string): Expected => {
  const expected = expectedOf(position, type, situation);
  if (type === 'advance') return 'nothing';
  if (type === 'deliver') return expected === wrong ? wrong : 'nothing';
  if (type === 'schedule') return typeof expected === 'string' ? expected : 'recorded';
  if (situation !== 'retry' || typeof expected === 'string') return expected;
  return expectedOf(position, type, 'close');
};

/** The expectation for one situation of a command at a position of an open update. */
export const expectedOf = (position: Position, type: CommandType, situation: string): Expected =>
  pick(openTable[position][type], situation);

const isTable = (
  cell: Expected | Readonly<Record<string, Expected>>,
): cell is Readonly<Record<string, Expected>> => typeof cell !== 'string' && !Array.isArray(cell);

const pick = (cell: Expected | Readonly<Record<string, Expected>>, situation: string): Expected => {
  const expected = isTable(cell) ? cell[situation] : cell;
  if (expected === undefined) throw new Error(`the table has no ${situation}`);
  return expected;
};
