import { describe, expect, it } from 'vitest';
import type { SessionWrite } from '../app/protocol-ports.ts';
import { asKey } from './rows/codec.ts';
import { groupSaves, type WriteSessions } from './session-group.ts';

const sessionOf = (device: number, body = ''): SessionWrite => ({
  account: asKey(1),
  value: { kind: 'oma-dm', device: asKey(device), name: `${device}`, body, expiresAt: 9 },
});
const placeOf = (device: number) => ({ account: 1, device, kind: 'oma-dm' });

const recording = (answer: WriteSessions) => {
  const groups: number[][] = [];
  const save = groupSaves(async (sessions) => {
    groups.push(sessions.map(({ value }) => Number(value.device)));
    return answer(sessions);
  });
  return { groups, save };
};

const nothingLeft: WriteSessions = async () => new Set();

describe('saves that arrive together', () => {
  it('are written together, and those that come meanwhile with the next', async () => {
    const { groups, save } = recording(nothingLeft);
    const first = [save([sessionOf(1)]), save([sessionOf(2), sessionOf(3)])];
    await first[0];
    const second = [save([sessionOf(4)]), save([sessionOf(5)])];
    expect(await Promise.all([...first, ...second])).toEqual([[], [], [], []]);
    expect(groups).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('are each told what of them was not written', async () => {
    const { save } = recording(
      async (sessions) => new Set(sessions.filter(({ value }) => value.body === 'x')),
    );
    const same = sessionOf(2, 'x');
    const saves = [save([sessionOf(1)]), save([same, sessionOf(3)]), save([same, same])];
    expect(await Promise.all(saves)).toEqual([[], [placeOf(2)], [placeOf(2), placeOf(2)]]);
  });

  it('fail alone where one of them is at fault', async () => {
    const { groups, save } = recording(async (sessions) => {
      if (sessions.some(({ value }) => value.body === 'bad')) throw new Error('bad data');
      return new Set();
    });
    const saves = [save([sessionOf(1)]), save([sessionOf(2, 'bad')]), save([sessionOf(3)])];
    const settled = await Promise.allSettled(saves);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(await save([sessionOf(4)])).toEqual([]);
  });

  it('are not gathered without end, and a large one is still written', async () => {
    const { groups, save } = recording(nothingLeft);
    const many = (count: number) => Array.from({ length: count }, (_, n) => sessionOf(n));
    await Promise.all([save(many(6_000)), save(many(4_000)), save(many(1)), save(many(12_000))]);
    expect(groups.map(({ length }) => length)).toEqual([10_000, 1, 12_000]);
  });

  it('of nothing are not written', async () => {
    const { groups, save } = recording(nothingLeft);
    expect(await save([])).toEqual([]);
    expect(groups).toEqual([]);
  });
});
