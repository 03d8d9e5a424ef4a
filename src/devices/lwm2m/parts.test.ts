import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HOUR, SECOND } from '../../domain/time.ts';
import { createAgenda } from './agenda.ts';
import { createBlockSources } from './block-source.ts';
import { createCloneWatch } from './clones.ts';
import { createLimiter } from './limiter.ts';
import { createTokens } from './observation.ts';
import { profileOf } from './profile.ts';

describe('an agenda', () => {
  it('gives what is due, the earliest first and so many at most, each once', () => {
    const agenda = createAgenda<string>();
    agenda.set('b', 'b', 2_000);
    agenda.set('a', 'a', 1_000);
    agenda.set('c', 'c', 3_000);
    expect(agenda.take(999, 10)).toEqual([]);
    expect(agenda.take(2_500, 1)).toEqual(['a']);
    expect(agenda.take(2_500, 10)).toEqual(['b']);
    expect(agenda.take(2_500, 10)).toEqual([]);
    expect(agenda.size()).toBe(1);
  });

  it('keeps only the latest word about a thing', () => {
    const agenda = createAgenda<string>();
    agenda.set('a', 'early', 1_000);
    agenda.set('a', 'late', 5_000);
    agenda.set('b', 'b', 1_000);
    agenda.drop('b');
    expect(agenda.take(4_000, 10)).toEqual([]);
    expect(agenda.take(5_000, 10)).toEqual(['late']);
  });
});

describe('tokens of observations', () => {
  const hashing = {
    hmacSha256: (key: string, text: string) =>
      createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64'),
  };
  const tokens = createTokens(hashing, randomBytes(32).toString('base64'));

  it('are recognised by whoever has the key, for their registration alone', () => {
    const token = tokens.of('abc', 'result');
    expect(token).toHaveLength(8);
    expect(tokens.read('abc', token)).toBe('result');
    expect(tokens.read('abd', token)).toBeUndefined();
    expect(tokens.read('abc', tokens.of('abc', 'state'))).toBe('state');
  });

  it('are none when they are anything else', () => {
    for (const token of [new Uint8Array(), new Uint8Array(8), Uint8Array.of(1), randomBytes(8)]) {
      expect(tokens.read('abc', token)).toBeUndefined();
    }
  });
});

describe('a profile', () => {
  it('suits the binding where the attributes say nothing', () => {
    expect(profileOf({}, { queue: false, stream: false }).szx).toBe(6);
    expect(profileOf({}, { queue: true, stream: false }).szx).toBe(5);
    expect(profileOf({}, { queue: true, stream: true }).szx).toBe(6);
  });

  it('is what the attributes say, as text or as numbers', () => {
    const profile = profileOf(
      {
        ...{ 'lwm2m.szx': '2', 'lwm2m.ackTimeout': 10, 'lwm2m.prefer': 'pull', 'lwm2m.clearText': 'no' },
        ...{ 'lwm2m.installTimeout': 7200, 'lwm2m.trustResult': true, 'lwm2m.versionResource': '/3/0/19' },
        ...{ 'lwm2m.instance': 1, 'lwm2m.unlisted': 'yes', 'lwm2m.awakeWindow': '20' },
      },
      { queue: true, stream: false },
    );
    expect(profile).toMatchObject({
      ...{ szx: 2, prefer: 'pull', clearText: false, trustResult: true, unlisted: true, instance: 1 },
      ...{ installTimeout: 2 * HOUR, awakeWindow: 20 * SECOND, versionPath: [3, 0, 19] },
      timing: { ackTimeout: 10 * SECOND },
    });
  });

  it('takes what cannot be for nothing', () => {
    const usual = profileOf({}, { queue: false, stream: false });
    const odd = {
      'lwm2m.szx': 9,
      'lwm2m.ackTimeout': 'soon',
      'lwm2m.versionResource': '/3/..',
      'lwm2m.prefer': 1,
    };
    expect(profileOf(odd, { queue: false, stream: false })).toEqual(usual);
  });
});

describe('a device that registers from two places in turn', () => {
  it('is told of once; one that moves on is not', () => {
    const watch = createCloneWatch();
    const tenTimes = (device: string, placeAt: (n: number) => string): number =>
      Array.from({ length: 10 }, (_, n) => watch(device, placeAt(n), placeAt(n + 1))).filter(Boolean).length;
    expect(tenTimes('clone', (n) => (n % 2 === 0 ? 'a' : 'b'))).toBe(1);
    expect(tenTimes('mover', String)).toBe(0);
    expect(tenTimes('still', () => 'a')).toBe(0);
  });
});

describe('a package as blocks', () => {
  const bytes = randomBytes(200_000);
  const pack = { digests: { sha256: 'ab'.repeat(32), sha1: '', md5: '', size: bytes.length } };

  it('gives any bytes of it, and reads a page once for all', async () => {
    let opened = 0;
    const open = async function* (range?: { readonly start: number; readonly end: number }) {
      opened += 1;
      yield bytes.subarray(range?.start, range?.end);
    };
    const source = createBlockSources()({ pack, open });
    for (const [offset, length] of [
      [0, 1024],
      [65_000, 1024],
      [199_999, 1024],
      [131_072, 16],
    ] as const) {
      expect(Buffer.from(await source.read(offset, length))).toEqual(bytes.subarray(offset, offset + length));
    }
    expect(opened).toBe(4);
    expect(source.size).toBe(200_000);
  });

  it('fails rather than going on for ever where the bytes are not all there', async () => {
    const open = async function* () {
      yield bytes.subarray(0, 100);
    };
    await expect(createBlockSources()({ pack, open }).read(0, 1024)).rejects.toThrow('ends at 100');
  });
});

describe('a limiter', () => {
  it('lets so many go at once, and the others in their order', async () => {
    const limit = createLimiter(2);
    const begun: number[] = [];
    const gates = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
    const all = gates.map((gate, n) =>
      limit(async () => {
        begun.push(n);
        await gate.promise;
      }),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    gates[1]?.resolve();
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3]);
  });
});
