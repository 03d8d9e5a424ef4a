import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLinearizable, type Op, type Spec } from './history.ts';

type Ask = { readonly write: number } | 'read';
const register: Spec<number, Ask, number> = {
  start: 0,
  step: (state, ask) => (ask === 'read' ? { state, told: state } : { state: ask.write, told: ask.write }),
  same: (a, b) => a === b,
  nameOf: String,
};
const op = (ask: Ask, from: number, to: number, told: number | undefined): Op<Ask, number> => ({
  ask,
  from,
  to,
  told,
});

describe('a history of a register', () => {
  it('is linearizable when a read sees the write that was under way', () => {
    expect(
      isLinearizable(register, [op({ write: 1 }, 0, 10, 1), op('read', 2, 3, 1), op('read', 4, 5, 1)]),
    ).toBe(true);
  });

  it('is not when a read sees what was there before one that another read has seen', () => {
    expect(
      isLinearizable(register, [op({ write: 1 }, 0, 10, 1), op('read', 2, 3, 1), op('read', 4, 5, 0)]),
    ).toBe(false);
  });

  it('is not when a write that was answered is lost', () => {
    expect(isLinearizable(register, [op({ write: 1 }, 0, 1, 1), op('read', 2, 3, 0)])).toBe(false);
  });

  it('lets a write without a reply be done late or never', () => {
    const lost = op({ write: 1 }, 0, Number.POSITIVE_INFINITY, undefined);
    expect(isLinearizable(register, [lost, op('read', 2, 3, 0), op('read', 4, 5, 1)])).toBe(true);
    expect(isLinearizable(register, [lost, op('read', 2, 3, 0), op('read', 4, 5, 0)])).toBe(true);
    expect(isLinearizable(register, [lost, op('read', 2, 3, 1), op('read', 4, 5, 0)])).toBe(false);
  });

  it('is linearizable whenever it was made by doing each at one moment within its time', () => {
    const asks = fc.array(
      fc.record({
        ask: fc.oneof(fc.constant('read' as const), fc.record({ write: fc.nat(3) })),
        before: fc.nat(5),
        after: fc.nat(5),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(asks, (drawn) => {
        let state = register.start;
        const ops = drawn.map(({ ask, before, after }, moment) => {
          const done = register.step(state, ask);
          state = done.state;
          return op(ask, moment - before - 0.1, moment + after + 0.1, done.told);
        });
        return isLinearizable(register, ops);
      }),
    );
  });
});
