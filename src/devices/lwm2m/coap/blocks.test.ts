import { describe, expect, it } from 'vitest';
import {
  type Answered,
  block1,
  block2,
  blockIn,
  bytesOf,
  device,
  numberIn,
  read,
  sourceOf,
} from '../../../../test/support/coap-device.ts';
import { listening, type Sent } from '../../../../test/support/coap-wire.ts';
import { option, uint } from './message.ts';
import type { BlockSource } from './peer.ts';

describe('a response in blocks from a device', () => {
  const serves =
    (bytes: Uint8Array, most: number) =>
    (sent: Sent): Answered => {
      const { num = 0, szx = most } = blockIn(sent, option.block2) ?? {};
      const size = 2 ** (Math.min(szx, most) + 4);
      const offset = num * 2 ** (szx + 4);
      const more = offset + size < bytes.length;
      return {
        code: '2.05',
        options: [
          ...block2(offset / size, more, Math.min(szx, most)),
          { number: option.contentFormat, value: uint(110) },
        ],
        payload: bytes.subarray(offset, offset + size),
      };
    };

  it.each([2, 4, 6])('is put together (szx %i)', async (szx) => {
    const bytes = bytesOf(3000);
    const side = await device(serves(bytes, szx));
    const answer = await side.ask(read);
    expect(answer).toMatchObject({ ok: true, response: { code: '2.05', contentFormat: 110 } });
    expect(answer.ok && Buffer.from(answer.response.payload)).toEqual(Buffer.from(bytes));
  });

  it('comes in the size that was asked for from the beginning', async () => {
    const side = await device(serves(bytesOf(100), 6));
    expect(await side.ask({ ...read, szx: 1 })).toMatchObject({ ok: true });
    expect(side.all.map((sent) => blockIn(sent, option.block2))).toEqual(
      [0, 1, 2, 3].map((num) => ({ num, more: false, szx: 1 })),
    );
  });

  it('ends where it is larger than allowed, changes on its way or comes in the wrong order', async () => {
    const endless = await device((sent) => ({
      code: '2.05',
      options: block2(blockIn(sent, option.block2)?.num ?? 0, true, 6),
      payload: bytesOf(1024),
    }));
    expect(await endless.ask(read)).toMatchObject({ ok: false, why: 'protocol' });
    expect(endless.all.length).toBeLessThan(300);
    const changing = await device((sent, at) => ({
      code: '2.05',
      options: [
        { number: option.etag, value: uint(at + 1) },
        ...block2(blockIn(sent, option.block2)?.num ?? 0, true, 0),
      ],
      payload: bytesOf(16),
    }));
    expect(await changing.ask(read)).toMatchObject({ ok: false, why: 'protocol' });
    const stuck = await device(() => ({ code: '2.05', options: block2(0, true, 0), payload: bytesOf(16) }));
    expect(await stuck.ask(read)).toMatchObject({ ok: false, why: 'protocol', offset: 16 });
    expect(stuck.all).toHaveLength(4);
  });
});

describe('a request in blocks from a device', () => {
  const send = async (blocks: readonly (readonly [num: number, more: boolean, length: number])[]) => {
    const side = await listening();
    const codes: string[] = [];
    for (const [at, [num, more, length]] of blocks.entries()) {
      side.deliver('a', {
        type: 'con',
        id: at,
        code: '0.02',
        path: ['rd'],
        options: block1(num, more, 6),
        payload: bytesOf(num * 1024 + length).subarray(num * 1024),
      });
      await side.settle();
      codes.push(...side.taken().map(({ code }) => code));
    }
    return { ...side, codes };
  };

  it('is put together and handled once', async () => {
    const { codes, heard } = await send([
      [0, true, 1024],
      [1, true, 1024],
      [1, true, 1024],
      [2, false, 500],
    ]);
    expect(codes).toEqual(['2.31', '2.31', '2.31', '2.05']);
    expect(heard.requests).toHaveLength(1);
    expect(Buffer.from(heard.requests[0]?.request.payload ?? [])).toEqual(Buffer.from(bytesOf(2548)));
  });

  it('is refused with 4.08 on a gap and where nothing came before', async () => {
    expect(
      (
        await send([
          [0, true, 1024],
          [2, false, 10],
        ])
      ).codes,
    ).toEqual(['2.31', '4.08']);
    expect((await send([[3, false, 10]])).codes).toEqual(['4.08']);
  });

  it('is refused with 4.13 beyond 16 KiB', async () => {
    const blocks = Array.from({ length: 17 }, (_, num) => [num, true, 1024] as const);
    const { codes, heard } = await send(blocks);
    expect(codes).toEqual([...Array(16).fill('2.31'), '4.13']);
    expect(heard.requests).toEqual([]);
  });

  it('is refused with 4.00 where a block is short, or of the reserved size', async () => {
    expect((await send([[0, true, 100]])).codes).toEqual(['4.00']);
    const side = await listening();
    const value = Uint8Array.of(7);
    side.deliver('a', { type: 'con', id: 1, code: '0.02', options: [{ number: option.block1, value }] });
    await side.settle();
    expect(side.taken()).toMatchObject([{ code: '4.00' }]);
  });

  it('does not mix two requests of one device, nor those of two', async () => {
    const side = await listening();
    const part = (key: string, path: string, num: number, more: boolean, id: number) =>
      side.deliver(key, {
        type: 'con',
        id,
        code: '0.02',
        path: [path],
        options: block1(num, more, 0),
        payload: bytesOf(16),
      });
    part('a', 'x', 0, true, 1);
    part('b', 'x', 0, true, 1);
    part('a', 'y', 1, false, 2);
    part('b', 'x', 1, false, 2);
    await side.settle();
    expect(side.taken().map(({ key, code }) => [key, code])).toEqual([
      ['a', '2.31'],
      ['b', '2.31'],
      ['a', '4.08'],
      ['b', '2.05'],
    ]);
  });
});

describe('what devices ask at the same time', () => {
  it('is put together for so many, and the one that stood still longest gives way', async () => {
    const side = await listening({ limits: { assemblies: 2 } });
    const part = (key: string, num: number, more: boolean) =>
      side.deliver(key, {
        type: 'con',
        id: num,
        code: '0.02',
        path: ['rd'],
        options: block1(num, more, 0),
        payload: bytesOf(16),
      });
    for (const key of ['a', 'b']) part(key, 0, true);
    part('a', 1, true);
    part('c', 0, true);
    for (const key of ['a', 'b', 'c']) part(key, key === 'a' ? 2 : 1, false);
    await side.settle();
    const last = side.taken().slice(-3);
    expect(Object.fromEntries(last.map(({ key, code }) => [key, code]))).toEqual({
      a: '2.05',
      b: '4.08',
      c: '2.05',
    });
  });

  it('is answered for so many, and the others are told to come again', async () => {
    const side = await listening({ limits: { handling: 1 }, answer: () => new Promise(() => undefined) });
    for (const key of ['a', 'b']) side.deliver(key, { type: 'con', id: 1, code: '0.02', path: ['rd'] });
    await side.settle();
    const [sent] = side.taken();
    expect(sent).toMatchObject({ key: 'b', code: '5.03' });
    expect(sent && numberIn(sent, option.maxAge)).toBe(30);
  });
});

describe('a response in blocks to a device', () => {
  const bytes = bytesOf(3000);
  const served = async (payload: Uint8Array | BlockSource, num: number | undefined, szx = 6) => {
    const side = await listening({ answer: async () => ({ code: '2.05', contentFormat: 42, payload }) });
    const options = num === undefined ? [] : block2(num, false, szx);
    side.deliver('a', { type: 'con', id: 1, code: '0.01', path: ['f'], options });
    await side.settle();
    const [sent] = side.taken();
    if (sent === undefined) throw new Error('no answer');
    return sent;
  };

  it('begins by itself with the first block, with ETag and size', async () => {
    const sent = await served(sourceOf(bytes), undefined);
    expect(blockIn(sent, option.block2)).toEqual({ num: 0, more: true, szx: 6 });
    expect([numberIn(sent, option.size2), numberIn(sent, option.contentFormat)]).toEqual([3000, 42]);
    expect(sent.options).toContainEqual({ number: option.etag, value: Buffer.from('12345678') });
    expect(sent.payload).toEqual(Buffer.from(bytes.subarray(0, 1024)));
  });

  it('is the block that is asked for, of a source and of bytes alike', async () => {
    for (const payload of [bytes, sourceOf(bytes)]) {
      const sent = await served(payload, 5, 5);
      expect(blockIn(sent, option.block2)).toEqual({ num: 5, more: false, szx: 5 });
      expect(sent.payload).toEqual(Buffer.from(bytes.subarray(2560)));
      expect(numberIn(sent, option.size2)).toBeUndefined();
      expect(sent.options.some(({ number }) => number === option.etag)).toBe(true);
    }
  });

  it('is 4.02 where there is no such block', async () => {
    expect(await served(sourceOf(bytes), 3)).toMatchObject({ code: '4.02', options: [] });
    expect(await served(bytesOf(10), 1)).toMatchObject({ code: '4.02' });
  });

  it('is 5.00 where its source fails', async () => {
    const source: BlockSource = { size: 10, read: () => Promise.reject(new Error('disk')) };
    expect(await served(source, undefined)).toMatchObject({ code: '5.00' });
  });
});
