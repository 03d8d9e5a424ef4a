import { expect, it } from 'vitest';
import { newByteFeed } from './byte-feed.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

it('hands pieces over in order, each taken before the next one', async () => {
  const feed = newByteFeed();
  const read: number[] = [];
  const reading = (async () => {
    for await (const piece of feed.bytes) read.push(...piece);
  })();
  expect(await feed.push(bytes(1, 2))).toBe(true);
  expect(read).toEqual([1, 2]);
  expect(await feed.push(bytes(3))).toBe(true);
  feed.end();
  await reading;
  expect(read).toEqual([1, 2, 3]);
  expect(await feed.push(bytes(4))).toBe(false);
});

it('says when its reader wants no more', async () => {
  const feed = newByteFeed();
  const reading = (async () => {
    for await (const piece of feed.bytes) if (piece[0] === 2) return;
  })();
  expect(await feed.push(bytes(1))).toBe(true);
  expect(await feed.push(bytes(2))).toBe(false);
  await reading;
});

it('lets the next read throw', async () => {
  const feed = newByteFeed();
  const reading = (async () => {
    for await (const _ of feed.bytes);
  })();
  feed.fail(new Error('given up'));
  await expect(reading).rejects.toThrow('given up');
});
