import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  entryOf,
  failingPhase,
  isResetting,
  nextPhase,
  type Phase,
  type Position,
  pathTo,
  phaseOf,
  phases,
  positions,
  rank,
  steps,
  wasDelivered,
} from './position.ts';

const journey: readonly Position[] = [
  'pending',
  'inventoried',
  'download-awaiting-approval',
  'download-scheduled',
  'download-ready',
  'download-running',
  'download-complete',
  'execution-awaiting-approval',
  'execution-scheduled',
  'execution-ready',
  'execution-running',
  'execution-complete',
  'activation-awaiting-approval',
  'activation-scheduled',
  'activation-ready',
  'activation-running',
  'activation-complete',
];

const position = fc.constantFrom(...positions);

describe('positions', () => {
  it('are 23, each once, and keep the numbers that stores rely on', () => {
    expect(positions).toHaveLength(23);
    expect(new Set(positions).size).toBe(23);
    expect(positions.indexOf('download-running')).toBe(5);
    expect(positions.indexOf('activation-complete')).toBe(18);
    expect(positions.slice(20)).toEqual(['resetting', 'reset', 'reset-failed']);
  });

  it('rank in the order of the journey', () => {
    const ranks = journey.map(rank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(ranks).size).toBe(journey.length);
  });

  it('rank a failure after its phase and before the next', () => {
    expect(rank('download-failed')).toBeGreaterThan(rank('download-complete'));
    expect(rank('download-failed')).toBeLessThan(rank('execution-awaiting-approval'));
    expect(rank('resetting')).toBeGreaterThan(rank('activation-failed'));
  });

  it.each(phases.flatMap((phase) => steps.map((step) => ({ phase, step }))))(
    'tell that $phase-$step is $step of $phase',
    ({ phase, step }) => {
      expect(phaseOf(`${phase}-${step}`)).toEqual({ phase, step });
    },
  );

  it.each(['pending', 'inventoried', 'resetting', 'reset', 'reset-failed'] as const)(
    'have no phase at %s',
    (at) => {
      expect(phaseOf(at)).toBeUndefined();
    },
  );
});

describe('the next phase', () => {
  const expected: Readonly<Partial<Record<Position, Phase>>> = {
    pending: 'download',
    inventoried: 'download',
    'download-awaiting-approval': 'download',
    'download-scheduled': 'download',
    'download-ready': 'download',
    'download-complete': 'execution',
    'execution-awaiting-approval': 'execution',
    'execution-scheduled': 'execution',
    'execution-ready': 'execution',
    'execution-complete': 'activation',
    'activation-awaiting-approval': 'activation',
    'activation-scheduled': 'activation',
    'activation-ready': 'activation',
  };

  it.each(positions)('from %s is the one to enter, or none', (from) => {
    expect(nextPhase(from)).toBe(expected[from]);
  });

  it.each(phases)('from the entry of %s is that phase', (phase) => {
    expect(nextPhase(entryOf(phase))).toBe(phase);
  });
});

describe('the way to a position', () => {
  it('comes through running and complete of every phase between', () => {
    expect(pathTo('download-running', 'activation-running')).toEqual([
      'download-complete',
      'execution-running',
      'execution-complete',
      'activation-running',
    ]);
  });

  it('climbs, ends at the position and has no part behind it', () => {
    fc.assert(
      fc.property(
        position,
        fc.constantFrom(...phases),
        fc.constantFrom('running', 'complete'),
        (from, phase, step) => {
          const to: Position = `${phase}-${step}`;
          const ranks = pathTo(from, to).map(rank);
          expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
          expect(ranks.every((one) => one > rank(from))).toBe(true);
          expect(ranks.at(-1)).toBe(rank(to) > rank(from) ? rank(to) : undefined);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('the phase that fails', () => {
  it.each([
    ['pending', undefined],
    ['download-scheduled', undefined],
    ['download-ready', 'download'],
    ['download-running', 'download'],
    ['download-complete', 'execution'],
    ['execution-awaiting-approval', 'execution'],
    ['execution-running', 'execution'],
    ['execution-complete', 'activation'],
    ['activation-complete', undefined],
    ['resetting', undefined],
  ] as const)('at %s is %s', (at, phase) => {
    expect(failingPhase(at)).toBe(phase);
  });
});

describe('what a device has', () => {
  it('is fixed from the running download on, through every reset', () => {
    const delivered = positions.filter(wasDelivered);
    expect(positions.indexOf('download-running')).toBe(positions.length - delivered.length);
  });

  it('is being undone only while resetting or after it', () => {
    expect(positions.filter(isResetting)).toEqual(['resetting', 'reset', 'reset-failed']);
  });
});
