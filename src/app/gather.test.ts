import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const noPause = () => Promise.resolve();

describe('gathering', () => {
  it('writes together what comes during a pause', async () => {
    const writes: (readonly number[])[] = [];
    const over = Promise.withResolvers<void>();
    const add = gather<number>(
      async (items) => void writes.push([...items]),
      () => over.promise,
    );
    const all = [add(1), add(2)];
    await turn();
    expect(writes).toEqual([]);
    all.push(add(3));
    over.resolve();
    await Promise.all(all);
    expect(writes).toEqual([[1, 2, 3]]);
  });

  it('writes together what comes while a write is under way', async () => {
    const writes: { items: readonly number[]; finish: () => void }[] = [];
    const add = gather<number>(
      (items) => new Promise((resolve) => writes.push({ items: [...items], finish: resolve })),
      noPause,
    );
    const first = add(1);
    await turn();
    const others = Promise.all([add(2), add(3), add(4)]);
    await turn();
    expect(writes.map(({ items }) => items)).toEqual([[1]]);
    writes[0]?.finish();
    await first;
    await turn();
    expect(writes.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
    writes[1]?.finish();
    await others;
  });

  it('tells those whose write failed, and goes on with the next', async () => {
    const add = gather<number>(async (items) => {
      if (items.includes(1)) throw new Error('the disk is full');
    }, noPause);
    const failed = Promise.allSettled([add(1), add(2)]);
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(add(3)).resolves.toBeUndefined();
  });
});
