import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fragment } from './messages.ts';
import { addFragment, beginReassembly, type Reassembly } from './reassembly.ts';

const fragment = (sequence: number, whole: Uint8Array, from: number, to: number): Fragment => ({
  type: 1,
  length: whole.length,
  sequence,
  offset: from,
  bytes: whole.subarray(from, to),
});

const addAll = (fragments: readonly Fragment[], from = 0) => {
  let state: Reassembly = beginReassembly(from);
  const messages = fragments.flatMap((one) => {
    const added = addFragment(state, one);
    ({ state } = added);
    return added.messages;
  });
  return { state, messages };
};

const piece = fc.record({ from: fc.nat(60), length: fc.nat(60) });

it('puts a message together from pieces that overlap, in any order, once all of it came', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.uint8Array({ minLength: 60, maxLength: 60 }),
      (pieces, whole) => {
        const fragments = pieces.map(({ from, length }) =>
          fragment(0, whole, from, Math.min(60, from + length)),
        );
        const covered = new Set(
          pieces.flatMap(({ from, length }) => Array.from({ length }, (_, at) => from + at)),
        );
        const isCovered = whole.every((_, at) => covered.has(at));
        const { messages } = addAll(fragments);
        expect(messages.map(({ body }) => [...body])).toEqual(isCovered ? [[...whole]] : []);
      },
    ),
  );
});

it('hands messages over in their order, each once', () => {
  const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
  const second = fragment(1, two, 0, 1);
  const { messages } = addAll([second, fragment(0, one, 0, 1), second, fragment(0, one, 0, 1)]);
  expect(messages.map(({ sequence, body }) => [sequence, body[0]])).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

it('takes a message without bytes', () => {
  expect(addAll([fragment(3, new Uint8Array(0), 0, 0)], 3).messages).toHaveLength(1);
});

it('keeps nothing of what is too long, too far ahead or over', () => {
  const far = fragment(9, Uint8Array.of(1, 2), 0, 1);
  const long = { ...fragment(0, Uint8Array.of(1, 2), 0, 1), length: 5000 };
  expect(addAll([far, long]).state.parts.size).toBe(0);
  expect(addAll([fragment(4, Uint8Array.of(1, 2), 0, 1)], 5).state.parts.size).toBe(0);
});

it('keeps a bounded number of pieces', () => {
  const whole = new Uint8Array(4096);
  const crumbs = Array.from({ length: 2000 }, (_, at) => fragment(0, whole, 2 * at, 2 * at + 1));
  expect(addAll(crumbs).state.parts.get(0)?.pieces.length).toBeLessThanOrEqual(32);
});

it('drops a piece that calls its message another type or length', () => {
  const whole = Uint8Array.of(1, 2);
  const other = { ...fragment(0, whole, 1, 2), type: 16 };
  const longer = { ...fragment(0, whole, 1, 2), length: 3 };
  expect(addAll([fragment(0, whole, 0, 1), other, longer]).messages).toEqual([]);
});
