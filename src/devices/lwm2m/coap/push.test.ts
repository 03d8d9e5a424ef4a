import { describe, expect, it } from 'vitest';
import {
  block1,
  blockIn,
  bytesOf,
  device,
  numberIn,
  nums,
  put,
  sourceOf,
  takes,
} from '../../../../test/support/coap-device.ts';
import { option } from './message.ts';
import type { BlockSource } from './peer.ts';

describe('a payload in blocks to a device', () => {
  it('arrives as it is, with its size in the first block one token for all and a new message id for each', async () => {
    const bytes = bytesOf(5000);
    const told: number[] = [];
    const side = await device(takes);
    const answer = await side.ask(put(sourceOf(bytes), { szx: 5, progress: (sent) => told.push(sent) }));
    expect(answer).toMatchObject({ ok: true, response: { code: '2.04' } });
    expect(Buffer.concat(side.all.map(({ payload }) => payload))).toEqual(Buffer.from(bytes));
    expect(side.all.map((sent) => numberIn(sent, option.size1))).toEqual([5000, ...Array(9).fill(undefined)]);
    expect(nums(side.all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(side.all.map((sent) => blockIn(sent, option.block1)?.more)).toEqual([
      ...Array(9).fill(true),
      false,
    ]);
    expect(new Set(side.all.map(({ id }) => id)).size).toBe(10);
    expect(new Set(side.all.map(({ token }) => token)).size).toBe(1);
    expect(told).toEqual([512, 1024, 1536, 2048, 2560, 3072, 3584, 4096, 4608, 5000]);
  });

  it('follows a smaller size from where it is', async () => {
    const side = await device((sent, at) => {
      const block = blockIn(sent, option.block1);
      const szx = at >= 2 ? 2 : 4;
      return block?.more ? { code: '2.31', options: block1(block.num, true, szx) } : { code: '2.04' };
    });
    expect(await side.ask(put(bytesOf(1000), { szx: 4 }))).toMatchObject({ ok: true });
    expect(nums(side.all)).toEqual([0, 1, 2, 12, 13, 14, 15]);
    expect(Buffer.concat(side.all.map(({ payload }) => payload))).toEqual(Buffer.from(bytesOf(1000)));
  });

  it('begins anew with a smaller size where 4.13 asks for one', async () => {
    const side = await device((sent, at) =>
      at === 0 ? { code: '4.13', options: block1(0, true, 1) } : takes(sent),
    );
    expect(await side.ask(put(bytesOf(64), { szx: 4, payload: sourceOf(bytesOf(64)) }))).toMatchObject({
      ok: true,
    });
    expect(nums(side.all)).toEqual([0, 0, 1]);
  });

  it('begins anew once where the device lost the beginning', async () => {
    const side = await device((sent, at) => (at === 2 ? { code: '4.08' } : takes(sent)));
    expect(await side.ask(put(bytesOf(64), { szx: 0 }))).toMatchObject({
      ok: true,
      response: { code: '2.04' },
    });
    expect(nums(side.all)).toEqual([0, 1, 2, 0, 1, 2, 3]);
    const always = await device((sent, at) => (at % 3 === 2 ? { code: '4.08' } : takes(sent)));
    expect(await always.ask(put(bytesOf(64), { szx: 0 }))).toMatchObject({
      ok: true,
      response: { code: '4.08' },
    });
    expect(always.all).toHaveLength(6);
  });

  it.each([
    ['5.00', true],
    ['4.13', true],
    ['5.00', false],
    ['4.13', false],
    ['4.00', false],
  ] as const)('ends with %s in mid-transfer (with Block1: %s)', async (code, withBlock) => {
    const side = await device((sent, at) =>
      at === 2 ? { code, ...(withBlock && { options: block1(2, true, 0) }) } : takes(sent),
    );
    expect(await side.ask(put(bytesOf(100), { szx: 0 }))).toMatchObject({ ok: true, response: { code } });
    expect(side.all).toHaveLength(3);
  });

  it('ignores an echo of another block, and gives up after three in a row', async () => {
    const once = await device((sent, at) =>
      at === 1 ? { code: '2.31', options: block1(9, true, 0) } : takes(sent),
    );
    expect(await once.ask(put(bytesOf(40), { szx: 0 }))).toMatchObject({
      ok: true,
      response: { code: '2.04' },
    });
    expect(nums(once.all)).toEqual([0, 1, 1, 2]);
    const always = await device((sent, at) =>
      at === 0 ? takes(sent) : { code: '2.31', options: block1(0, true, 0) },
    );
    expect(await always.ask(put(bytesOf(40), { szx: 0 }))).toEqual({
      ok: false,
      why: 'protocol',
      offset: 16,
    });
    expect(nums(always.all)).toEqual([0, 1, 1, 1]);
  });

  it('takes a success in mid-transfer that knows of no blocks for a broken device', async () => {
    const side = await device(() => ({ code: '2.04' }));
    expect(await side.ask(put(bytesOf(40), { szx: 0 }))).toEqual({ ok: false, why: 'protocol', offset: 0 });
  });

  it('ends where its source cannot be read', async () => {
    const side = await device(takes);
    const source: BlockSource = { size: 100, read: () => Promise.reject(new Error('disk')) };
    expect(await side.ask(put(source))).toEqual({ ok: false, why: 'gone', offset: 0 });
  });

  it('reads each block when it is sent and holds no more', async () => {
    const reads: number[] = [];
    const source: BlockSource = {
      size: 2 ** 20,
      read: async (offset, length) => {
        reads.push(offset);
        return new Uint8Array(length);
      },
    };
    const side = await device((sent, at) => {
      expect(reads).toHaveLength(at + 1);
      return takes(sent);
    });
    expect(await side.ask(put(source))).toMatchObject({ ok: true });
    expect(reads).toHaveLength(1024);
  });
});
