import { describe, expect, it } from 'vitest';
import { compare } from './check.ts';
import type { Attempt, AttemptOutcome, DeviceTruth, FailureCause } from './ledger.ts';

const SHA = 'a'.repeat(64);
const begun = Date.UTC(2026, 10, 21, 12);

const attempt = (
  outcome: AttemptOutcome,
  why: FailureCause = 'none',
  more: Partial<Attempt> = {},
): Attempt => ({
  ...{ call: '1', sha256: [SHA], version: '2.0', begun, ended: begun + 1_000, bytes: 10, heard: true },
  ...{ outcome, why, ...more },
});

const truth = (attempts: readonly Attempt[], more: Partial<DeviceTruth> = {}): DeviceTruth => ({
  ...{
    device: 'd1',
    protocol: 'ddi',
    model: 'm',
    from: '1.0',
    runs: '2.0',
    told: '2.0',
    contacts: 3,
    attempts,
  },
  ...more,
});

type Said = {
  readonly outcome: string | null;
  readonly reason?: string;
  readonly attempt?: number;
  readonly version?: string;
  readonly counted?: Readonly<Record<string, number>>;
  /** Milliseconds from the beginning of the attempt until its update was closed. */
  readonly closedAfter?: number;
};

/** A server with one campaign and one device, that says this of it. */
const serverSaying = ({
  outcome,
  reason = 'none',
  attempt: made = 1,
  version = '2.0',
  counted,
  closedAfter = 60_000,
}: Said) => {
  const since = new Date(begun + closedAfter).toISOString();
  const closed = outcome === null ? {} : { [outcome]: 1 };
  const page = <Item>(...items: readonly Item[]) => Promise.resolve({ items, next: null });
  const campaign = {
    ...{ id: 'c1', name: 'c', packages: ['p1'], createdAt: new Date(begun - 60_000).toISOString() },
    ...{ startedAt: null, endedAt: new Date(begun + 60_000).toISOString() },
  };
  const update = {
    campaign: 'c1',
    device: 'd1',
    outcome,
    reason,
    attempt: made,
    generation: 1,
    since,
    packages: null,
  };
  const calls = {
    listCampaigns: () => page(campaign),
    getCampaign: () => Promise.resolve(campaign),
    getPackage: () => Promise.resolve({ sha256: SHA }),
    listCampaignDevices: () => page(update),
    countUpdates: () =>
      Promise.resolve({ total: 1, open: outcome === null ? { pending: 1 } : {}, closed: counted ?? closed }),
    listDevices: () => page({ id: 'd1', versions: { firmware: version } }),
  };
  // Only what the comparison looks at is there.
  return calls as unknown as Parameters<typeof compare>[0];
};

const problems = async (said: Said, known: DeviceTruth): Promise<readonly string[]> =>
  (await compare(serverSaying(said), { devices: [known] })).differences.map(({ problem }) => problem);

describe('a comparison', () => {
  it.each([
    ['a success', { outcome: 'succeeded' }, truth([attempt('succeeded')])],
    [
      'a failure for its reason',
      { outcome: 'failed', reason: 'no-space', version: '1.0' },
      truth([attempt('failed', 'disk-full')], { told: '1.0' }),
    ],
    [
      'a failure that is to be tried again',
      { outcome: null, version: '1.0' },
      truth([attempt('failed')], { told: '1.0' }),
    ],
    [
      'silence that was timed out',
      { outcome: 'timed-out', version: '1.0' },
      truth([attempt('silent')], { told: '1.0' }),
    ],
    [
      'a success that the server does not know yet',
      { outcome: null },
      truth([attempt('succeeded', 'none', { heard: false })]),
    ],
    [
      'a false success that the server saw through',
      { outcome: 'failed', reason: 'version-mismatch', version: '1.0' },
      truth([attempt('false-success')], { protocol: 'lwm2m', told: '1.0', runs: '1.0' }),
    ],
    [
      'an attempt without a package that was for the campaign before',
      { outcome: 'failed', reason: 'install-failed', version: '1.0' },
      truth(
        [
          attempt('failed', 'connection-lost', { call: 'c-1-2', sha256: [] }),
          attempt('failed', 'install-fails', { call: 'd-1-1' }),
        ],
        { protocol: 'oma-dm', told: '1.0' },
      ),
    ],
    [
      'a success of a gateway that came when its update was over',
      { outcome: 'timed-out', closedAfter: 1_500 },
      truth([attempt('succeeded')], { protocol: 'gateway' }),
    ],
  ])('finds nothing in %s', async (_, said, known) => {
    expect(await problems(said, known)).toEqual([]);
  });

  it.each([
    ['a success that was none', { outcome: 'succeeded' }, truth([attempt('failed')]), /outcome succeeded/],
    ['a success that was lost', { outcome: null }, truth([attempt('succeeded')]), /outcome open/],
    [
      'a success of a gateway that was given up long after it was told',
      { outcome: 'timed-out', closedAfter: 60_000 },
      truth([attempt('succeeded')], { protocol: 'gateway' }),
      /outcome timed-out/,
    ],
    ['a success that nobody had', { outcome: 'succeeded' }, truth([]), /it never began/],
    [
      'another reason',
      { outcome: 'failed', reason: 'no-space' },
      truth([attempt('failed', 'corrupt')]),
      /reason no-space/,
    ],
    [
      'a false success that is believed',
      { outcome: 'succeeded' },
      truth([attempt('false-success')], { protocol: 'oma-dm' }),
      /outcome/,
    ],
    [
      'an attempt too few',
      { outcome: 'succeeded' },
      truth([attempt('failed'), attempt('succeeded')]),
      /1 attempts; there were 2/,
    ],
    [
      'an attempt too few of a journey, though one of them saw no package',
      { outcome: 'succeeded' },
      truth(
        [
          attempt('failed', 'connection-lost', { call: 'd-1-1', sha256: [] }),
          attempt('succeeded', 'none', { call: 'd-1-2' }),
        ],
        { protocol: 'oma-dm' },
      ),
      /1 attempts; there were 2/,
    ],
    [
      'another version',
      { outcome: 'succeeded', version: '1.0' },
      truth([attempt('succeeded')]),
      /version 1.0; it told 2.0/,
    ],
    [
      'an attempt that no campaign has asked for',
      { outcome: null },
      truth([attempt('failed', 'none', { sha256: ['b'.repeat(64)] })]),
      /no campaign asked/,
    ],
    [
      'a device that is not known',
      { outcome: 'succeeded' },
      truth([], { device: 'd2', attempts: [] }),
      /not known/,
    ],
  ])('finds %s', async (_, said, known, problem) => {
    expect(await problems(said, known)).toEqual([expect.stringMatching(problem)]);
  });

  it('counts what a gateway ended of another campaign for that one alone', async () => {
    const midway = attempt('succeeded', 'none', { call: 'c0', sha256: [], version: '' });
    const truths = [truth([midway, attempt('succeeded', 'none', { call: 'c1' })], { protocol: 'gateway' })];
    const { differences } = await compare(serverSaying({ outcome: 'succeeded' }), { devices: truths }, [
      'c1',
    ]);
    expect(differences).toEqual([]);
  });

  it('finds totals that are not those of the devices', async () => {
    const found = await problems(
      { outcome: 'succeeded', counted: { succeeded: 2 } },
      truth([attempt('succeeded')]),
    );
    expect(found).toEqual(['2 succeeded; its devices add up to 1']);
  });
});
