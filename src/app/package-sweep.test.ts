import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../domain/time.ts';
import type { ListedBlob } from './blobs.ts';
import type { ByteHolds } from './byte-holds.ts';
import { sweepBytes } from './package-sweep.ts';
import type { Store } from './ports.ts';

const NOW = 10 * HOUR;
const OLD = NOW - HOUR - 1;
const blob = (name: string): string => name.repeat(64);

const fakeHolds = (): ByteHolds => {
  let holders = 0;
  return {
    hold: async () => {
      holders += 1;
      return async () => {
        holders -= 1;
      };
    },
    held: async () => holders > 0,
  };
};

/** Blobs by what was put when, and the SHA-256 of those that a package has. */
const setting = (stored: ReadonlyMap<string, number>, used: readonly string[]) => {
  const held = new Map(stored);
  const abandoned: number[] = [];
  return {
    ...{ held, abandoned },
    clock: () => NOW,
    holds: fakeHolds(),
    store: { packages: { hasBytes: async (sha256: string) => used.includes(sha256) } as Store['packages'] },
    blobs: {
      abandon: async (before: number) => {
        abandoned.push(before);
        return 0;
      },
      async *list(): AsyncGenerator<ListedBlob> {
        for (const [sha256, storedAt] of [...held]) yield { sha256, storedAt };
      },
      remove: async (sha256: string, storedBefore = Number.POSITIVE_INFINITY) => {
        if ((held.get(sha256) ?? NOW) < storedBefore) held.delete(sha256);
      },
    },
  };
};

describe('the sweep of package bytes', () => {
  it('removes what was there for more than an hour and no package has', async () => {
    const at = setting(
      new Map([
        [blob('a'), OLD],
        [blob('b'), OLD],
        [blob('c'), NOW - HOUR],
        [blob('d'), NOW],
      ]),
      [blob('b')],
    );
    expect(await sweepBytes(at)).toBe(1);
    expect([...at.held.keys()]).toEqual([blob('b'), blob('c'), blob('d')]);
  });

  it('lets go of what puts have left that began more than a day ago', async () => {
    const at = setting(new Map(), []);
    await sweepBytes(at);
    expect(at.abandoned).toEqual([NOW - DAY]);
  });

  it('leaves bytes that an upload brings again while it looks', async () => {
    const at = setting(new Map([[blob('a'), OLD]]), []);
    const hasBytes = async (sha256: string) => {
      at.held.set(sha256, NOW);
      return false;
    };
    await sweepBytes({ ...at, store: { packages: { ...at.store.packages, hasBytes } } });
    expect([...at.held.keys()]).toEqual([blob('a')]);
  });

  it('leaves everything while somebody holds the bytes, from the moment on at which they do', async () => {
    const at = setting(
      new Map([
        [blob('a'), OLD],
        [blob('b'), OLD],
      ]),
      [],
    );
    let release = async (): Promise<void> => undefined;
    const hasBytes = async (sha256: string) => {
      if (sha256 === blob('b')) release = await at.holds.hold();
      return false;
    };
    const looking = { ...at, store: { packages: { ...at.store.packages, hasBytes } } };
    expect(await sweepBytes(looking)).toBe(1);
    expect([...at.held.keys()]).toEqual([blob('b')]);
    await release();
    expect(await sweepBytes(at)).toBe(1);
    expect([...at.held.keys()]).toEqual([]);
  });
});
