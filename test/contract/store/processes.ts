import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { UploadPiece } from '../../../src/app/process-ports.ts';
import { MINUTE } from '../../../src/domain/time.ts';
import { newWorld, type OpenStore, useStore } from './world.ts';

const NOW = Date.UTC(2026, 10, 21);

const piece = (start: number, size: number, name = 'a'): UploadPiece => ({
  ...{ start, size, sha1: '1'.repeat(40), md5: '5'.repeat(32) },
  sha256: name.repeat(64),
});

/** What several processes tell each other through their store. */
export const processesContract = (open: OpenStore): void => {
  describe('leases', () => {
    const store = useStore(open);
    const take = (name: string, holder: string, now = NOW, until = now + MINUTE) =>
      store().leases.take(name, holder, now, until);

    it('have one holder, who may renew them, until their time is over', async () => {
      const name = randomUUID();
      expect(await take(name, 'one')).toBe(true);
      expect(await take(name, 'two')).toBe(false);
      expect(await take(name, 'one', NOW + 50_000)).toBe(true);
      expect(await take(name, 'two', NOW + MINUTE)).toBe(false);
      expect(await take(name, 'two', NOW + 50_000 + MINUTE)).toBe(true);
      expect(await take(name, 'one', NOW + 50_000 + MINUTE)).toBe(false);
    });

    it('go to one of many who ask at the same moment', async () => {
      const name = randomUUID();
      const asked = Array.from({ length: 8 }, (_, index) => take(name, `holder ${index}`));
      expect((await Promise.all(asked)).filter((taken) => taken)).toHaveLength(1);
    });

    it('are all let go of at once, and those of others stay', async () => {
      const [own, other, holder] = [randomUUID(), randomUUID(), randomUUID()];
      await take(own, holder);
      await take(other, 'another');
      await store().leases.release(holder);
      expect(await take(own, 'next')).toBe(true);
      expect(await take(other, 'next')).toBe(false);
    });

    it('are found by how their names begin, while somebody holds them', async () => {
      const prefix = `${randomUUID()}/`;
      const isHeld = (now = NOW) => store().leases.anyHeld(prefix, now);
      expect(await isHeld()).toBe(false);
      await take(`${prefix}ü`, 'one');
      expect(await isHeld()).toBe(true);
      expect(await isHeld(NOW + MINUTE)).toBe(false);
    });
  });

  describe('the clock of the store', () => {
    const store = useStore(open);

    it('is that of this machine where the store is on it', async () => {
      const before = Date.now();
      const now = await store().now();
      expect(now).toBeGreaterThanOrEqual(before - 1);
      expect(now).toBeLessThanOrEqual(Date.now() + 1);
      expect(Number.isInteger(now)).toBe(true);
    });
  });

  describe('uploads in pieces', () => {
    const store = useStore(open);
    const begun = async (size = 10) => {
      const { account } = await newWorld(store());
      const id = randomUUID();
      await store().uploads.begin({ account, id, size, touchedAt: NOW });
      return { account, id, find: () => store().uploads.find(account, id) };
    };

    it('receive their bytes in order, each once', async () => {
      const { account, id, find } = await begun();
      const { uploads } = store();
      expect(await find()).toEqual({ account, id, size: 10, received: 0, touchedAt: NOW, made: null });
      expect(await uploads.append(account, id, piece(0, 4), NOW + 1)).toBe(true);
      expect(await uploads.append(account, id, piece(0, 4), NOW + 2)).toBe(false);
      expect(await uploads.append(account, id, piece(5, 4), NOW + 2)).toBe(false);
      expect(await uploads.append(account, id, piece(4, 6, 'b'), NOW + 3)).toBe(true);
      expect(await find()).toMatchObject({ received: 10, touchedAt: NOW + 3 });
      expect(await uploads.pieces(account, id)).toEqual([piece(0, 4), piece(4, 6, 'b')]);
    });

    it('take one of two pieces that arrive at the same moment', async () => {
      const { account, id } = await begun();
      const tries = ['a', 'b', 'c', 'd'].map((name) =>
        store().uploads.append(account, id, piece(0, 4, name), NOW),
      );
      expect((await Promise.all(tries)).filter((taken) => taken)).toHaveLength(1);
      expect(await store().uploads.pieces(account, id)).toHaveLength(1);
    });

    it('keep the bytes of their pieces until the package is made', async () => {
      const { account, id, find } = await begun();
      const { uploads, packages } = store();
      const bytes = randomUUID().replaceAll('-', '').repeat(2);
      await uploads.append(account, id, { ...piece(0, 10), sha256: bytes }, NOW);
      expect(await packages.hasBytes(bytes)).toBe(true);
      await uploads.finish(account, id, 'made', NOW + 5);
      expect(await find()).toMatchObject({ made: 'made', touchedAt: NOW + 5 });
      expect(await packages.hasBytes(bytes)).toBe(false);
      expect(await uploads.append(account, id, piece(10, 1), NOW)).toBe(false);
    });

    it('are listed while they are under way, the one that was touched the longest ago first', async () => {
      const { account, id } = await begun();
      const { uploads } = store();
      const [early, done] = [randomUUID(), randomUUID()];
      await uploads.begin({ account, id: early, size: 1, touchedAt: NOW - 1 });
      await uploads.begin({ account, id: done, size: 0, touchedAt: NOW - 2 });
      await uploads.finish(account, done, 'made', NOW);
      expect((await uploads.underWay(account)).map((upload) => upload.id)).toEqual([early, id]);
    });

    it('go when they are dropped or forgotten, and are of one account', async () => {
      const [one, other] = [await begun(), await begun()];
      const { uploads } = store();
      expect(await uploads.find(other.account, one.id)).toBeUndefined();
      await uploads.append(one.account, one.id, piece(0, 1), NOW + MINUTE);
      await uploads.expire(NOW + MINUTE);
      expect(await other.find()).toBeUndefined();
      expect(await one.find()).toBeDefined();
      await uploads.drop(one.account, one.id);
      expect(await one.find()).toBeUndefined();
      expect(await uploads.pieces(one.account, one.id)).toEqual([]);
    });
  });
};
