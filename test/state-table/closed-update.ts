import type { Position } from '../../src/domain/position.ts';
import type { Outcome } from '../../src/domain/update.ts';
import type { CommandType, Situation } from './update.ts';

/** A closed update never changes: a command is a repeat, or it comes too late. */
export type Expected = 'nothing' | 'update/closed';

type Cell<Type extends CommandType> = Expected | Readonly<Record<Situation<Type>, Expected>>;
type Row = { readonly at: Position } & { readonly [Type in CommandType]: Cell<Type> };

const gone = 'update/closed';

const known: Omit<Row, 'at' | 'report'> = {
  'check-in': 'nothing',
  advance: 'nothing',
  schedule: gone,
  deliver: gone,
  'report-failure': gone,
  'report-reset': gone,
  reject: gone,
  'time-out': gone,
  queue: 'nothing',
  'set-packages': gone,
  recall: 'nothing',
  'answer-recall': {
    stopped: 'nothing',
    'stopped, not asked': 'nothing',
    refused: gone,
    'refused, not asked': gone,
  },
  close: 'nothing',
};

const downloadKnown: Row['report'] = {
  'download running': 'nothing',
  'download complete': 'nothing',
  'execution running': gone,
  'execution complete': gone,
  'activation running': gone,
  'activation complete': gone,
};

/** Every outcome, at a position where it is common, against every command. */
export const closedTable = {
  succeeded: { ...known, at: 'activation-complete', report: 'nothing', 'answer-recall': gone },
  failed: { ...known, at: 'download-failed', report: downloadKnown, 'report-failure': 'nothing' },
  'timed-out': { ...known, at: 'download-failed', report: downloadKnown, 'time-out': 'nothing' },
  rejected: { ...known, at: 'inventoried', report: gone, reject: 'nothing' },
  cancelled: { ...known, at: 'download-complete', report: downloadKnown },
  removed: { ...known, at: 'pending', report: gone },
  'closed-by-operator': { ...known, at: 'download-ready', report: gone },
} as const satisfies Record<Outcome, Row>;

/** The expectation for one situation of a command on an update closed with an outcome. */
export const expectedWhenClosed = (outcome: Outcome, type: CommandType, situation: string): Expected => {
  const cell: Expected | Readonly<Record<string, Expected>> = closedTable[outcome][type];
  const expected = typeof cell === 'string' ? cell : cell[situation];
  if (expected === undefined) throw new Error(`the table has no ${type} (${situation}) for ${outcome}`);
  return expected;
};
