import { describe, expect, it } from 'vitest';
import { closedTable, expectedWhenClosed } from '../../test/state-table/closed-update.ts';
import {
  type CommandType,
  expectedOf,
  expectedWhenRecalled,
  openTable,
  type Situation,
  situations,
} from '../../test/state-table/update.ts';
import { nextPhase, type Phase, type Position, positions, wasDelivered } from './position.ts';
import { DAY, type Slot } from './time.ts';
import {
  type Aftermath,
  decide,
  type OpenUpdate,
  outcomes,
  type Update,
  type UpdateCommand,
  type UpdateEvent,
} from './update.ts';

const now = 100 * DAY;

const at = (position: Position): OpenUpdate => ({
  status: 'open',
  position,
  since: now - DAY,
  attempt: 1,
  notBefore: 0,
  slots: {},
  packages: ['p1'],
  generation: 1,
  admission: null,
  recall: null,
  queue: 'none',
});

const recalled = { outcome: 'cancelled', reason: 'campaign-cancelled', message: 'it rains' } as const;

/** Nobody else can be asked to stop. */
const asked = (update: OpenUpdate): OpenUpdate =>
  wasDelivered(update.position) ? { ...update, recall: recalled } : update;

type Case = (update: OpenUpdate) => { readonly given: OpenUpdate; readonly when: UpdateCommand };
type Cases = { readonly [Type in CommandType]: Readonly<Record<Situation<Type>, Case>> };

const plain =
  (when: UpdateCommand): Case =>
  (given) => ({ given, when });

const ahead: Slot = { begin: now + 1, end: null };
const begun: Slot = { begin: now, end: now + 1 };
const over: Slot = { begin: now - 1, end: now };

const advance =
  (checkpoint: boolean, gateOpen: boolean, slot?: Slot): Case =>
  (update) => {
    const phase = nextPhase(update.position);
    const slots = phase === undefined || slot === undefined ? {} : { [phase]: slot };
    return { given: { ...update, slots }, when: { type: 'advance', checkpoint, gateOpen } };
  };

const schedule = (phase: Phase, slot: Slot = ahead): Case => plain({ type: 'schedule', phase, slot });
const report = (phase: Phase, step: 'running' | 'complete'): Case => plain({ type: 'report', phase, step });

const failing = (type: 'report-failure' | 'time-out'): Cases['report-failure'] => {
  const failed = (aftermath: Aftermath): Case =>
    plain(
      type === 'time-out'
        ? { type, message: 'no word', aftermath }
        : { type, reason: 'install-failed', message: 'exit status 1', aftermath },
    );
  return {
    close: failed({ do: 'close' }),
    reset: failed({ do: 'reset' }),
    retry: failed({ do: 'retry', notBefore: now + DAY }),
  };
};

const closing = (outcome: Situation<'close'>): Case =>
  plain({ type: 'close', outcome, reason: 'unknown', message: '' });

const answer = (said: 'stopped' | 'refused', update = asked): Case => {
  const when: UpdateCommand = { type: 'answer-recall', answer: said, message: '' };
  return (given) => ({ given: update(given), when });
};

const cases: Cases = {
  'check-in': { any: plain({ type: 'check-in' }) },
  advance: {
    'gate open': advance(false, true),
    'gate shut': advance(false, false),
    'gate open, slot ahead': advance(false, true, ahead),
    checkpoint: advance(true, true),
    'checkpoint, slot ahead': advance(true, true, ahead),
    'checkpoint, slot begun': advance(true, true, begun),
    'checkpoint, slot begun, gate shut': advance(true, false, begun),
    'checkpoint, slot over': advance(true, true, over),
  },
  schedule: {
    download: schedule('download'),
    execution: schedule('execution'),
    activation: schedule('activation'),
    'ends before it begins': schedule('activation', { begin: now, end: now }),
  },
  deliver: { any: plain({ type: 'deliver', packages: ['p1'], admission: null }) },
  report: {
    'download running': report('download', 'running'),
    'download complete': report('download', 'complete'),
    'execution running': report('execution', 'running'),
    'execution complete': report('execution', 'complete'),
    'activation running': report('activation', 'running'),
    'activation complete': report('activation', 'complete'),
  },
  'report-failure': failing('report-failure'),
  'report-reset': {
    complete: plain({ type: 'report-reset', step: 'complete' }),
    failed: plain({ type: 'report-reset', step: 'failed' }),
  },
  reject: { any: plain({ type: 'reject', message: 'battery low' }) },
  'time-out': failing('time-out'),
  queue: {
    another: plain({ type: 'queue', queue: 'budget' }),
    'the same': plain({ type: 'queue', queue: 'none' }),
  },
  'set-packages': {
    others: plain({ type: 'set-packages', packages: ['p2'] }),
    'the same': plain({ type: 'set-packages', packages: ['p1'] }),
  },
  recall: {
    once: plain({ type: 'recall', ...recalled }),
    again: (given) => ({ given: asked(given), when: { type: 'recall', ...recalled } }),
  },
  'answer-recall': {
    stopped: answer('stopped'),
    refused: answer('refused'),
    'stopped, not asked': answer('stopped', (update) => update),
    'refused, not asked': answer('refused', (update) => update),
  },
  close: {
    failed: closing('failed'),
    rejected: closing('rejected'),
    cancelled: closing('cancelled'),
    'timed-out': closing('timed-out'),
    removed: closing('removed'),
    'closed-by-operator': closing('closed-by-operator'),
  },
};

const placesOf = (event: UpdateEvent): string[] => {
  switch (event.type) {
    case 'update-moved':
      return [event.to];
    case 'update-retried':
      return [`back to ${event.to}`];
    case 'update-closed':
      return [`closed: ${event.outcome}`];
    default:
      return [];
  }
};

const outcomeOf = (update: Update, command: UpdateCommand): string | string[] => {
  const decision = decide(update, command, now);
  if (!decision.ok) return decision.refusal.code;
  if (decision.value.length === 0) return 'nothing';
  const places = decision.value.flatMap(placesOf);
  return places.length === 0 ? 'recorded' : places;
};

const caseOf = (type: CommandType, situation: string): Case => {
  const byName: Readonly<Record<string, Case>> = cases[type];
  const found = byName[situation];
  if (found === undefined) throw new Error(`no case for ${type} (${situation})`);
  return found;
};

const commandTypes = Object.keys(situations) as CommandType[];
const every = commandTypes.flatMap((type) => situations[type].map((situation) => ({ type, situation })));
const open = positions.flatMap((position) => every.map((command) => ({ position, ...command })));
const whileRecalled = open.filter(
  ({ position, type }) => wasDelivered(position) && type !== 'recall' && type !== 'answer-recall',
);
const closed = outcomes.flatMap((outcome) => every.map((command) => ({ outcome, ...command })));

describe('the table of the update', () => {
  it('has every position in the order of the journey, and every outcome', () => {
    expect(Object.keys(openTable)).toEqual(positions);
    expect(Object.keys(closedTable).sort()).toEqual([...outcomes].sort());
  });

  it.each(open)('given $position, when $type ($situation), then as the table says', (row) => {
    const { given, when } = caseOf(row.type, row.situation)(at(row.position));
    expect(outcomeOf(given, when)).toEqual(expectedOf(row.position, row.type, row.situation));
  });

  it.each(whileRecalled)(
    'given $position, recalled, when $type ($situation), then as the table says',
    (row) => {
      const { given, when } = caseOf(row.type, row.situation)(asked(at(row.position)));
      expect(outcomeOf(given, when)).toEqual(expectedWhenRecalled(row.position, row.type, row.situation));
    },
  );

  it.each(closed)('given closed: $outcome, when $type ($situation), then as the table says', (row) => {
    const { at: position } = closedTable[row.outcome];
    const journey = { position, since: now - DAY, attempt: 1, slots: {}, packages: ['p1'], generation: 1 };
    const ended = { ...journey, admission: null };
    const given: Update = { ...ended, status: 'closed', outcome: row.outcome, reason: 'none', message: '' };
    const { when } = caseOf(row.type, row.situation)(at(position));
    expect(outcomeOf(given, when)).toBe(expectedWhenClosed(row.outcome, row.type, row.situation));
  });
});
