import { beforeEach, describe, expect, it } from 'vitest';
import { addDevices, closeDevice, getUpdateLog } from '../src/app/members.ts';
import { logLimits, type StoredCampaign, type StoredDevice } from '../src/app/records.ts';
import { giveUpSilent } from '../src/app/silence.ts';
import { addLines, getTransfers, setTransfers, type Transfer } from '../src/app/transfers.ts';
import type { Archive } from '../src/domain/package.ts';
import { HOUR } from '../src/domain/time.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { sampleDestination, sampleSubscription } from './support/samples.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const follow = async (campaign: StoredCampaign | null, topic: string): Promise<void> => {
  const destination = sampleDestination();
  const about = { campaign: campaign?.key ?? null, campaignId: campaign?.id ?? null };
  const value = sampleSubscription(destination, { ...about, wire: 'pulse', topic });
  await fleet.world.write({ save: 'destination', value: destination }, { save: 'subscription', value });
};

const SIZE = 1_000;

/** A device that was handed two packages of a thousand bytes each. */
const begun = async (plan: object = {}, archive: Archive = { form: 'opaque' }) => {
  const digests = (n: number) => ({ sha256: `${n}`.repeat(64), sha1: '', md5: '', size: SIZE });
  const [a, b] = [
    await fleet.world.addPackage({ archive, digests: digests(1) }),
    await fleet.world.addPackage({ archive, digests: digests(2) }),
  ];
  const { campaign, device } = await fleet.launch({ packages: [a.id, b.id], ...plan }, {});
  await fleet.contact(device);
  const at = { campaign: campaign.id, device: device.id };
  const speaker = fleet.speakerFor(device);
  return {
    ...{ campaign, device, at, a: a.id, b: b.id },
    tells: (...packages: readonly Transfer[]) => setTransfers(fleet.deps, speaker, at, packages),
    prints: (lines: readonly string[]) => addLines(fleet.deps, speaker, at, lines, 'execution'),
    shown: async () => granted(await getTransfers(fleet.deps, fleet.operator, at)),
  };
};
const of = (id: string, done: number, total = SIZE): Transfer => ({ id, done, of: total });
const says = async (campaign: StoredCampaign, device: StoredDevice, phase: 'download' | 'activation') =>
  granted(await fleet.says(campaign, device, { type: 'progress', phase, step: 'complete' }));
const progressed = async () =>
  (await fleet.world.events()).filter(({ body }) => body.type === 'update-progressed');

describe('how much a device has fetched', () => {
  it('is nothing of each package before it told anything, also before it was told to begin', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    const at = { campaign: campaign.id, device: device.id };
    const [id] = campaign.plan.packages as [string];
    expect(granted(await getTransfers(fleet.deps, fleet.operator, at))).toMatchObject([{ id, done: 0 }]);
    const { shown, a, b } = await begun();
    expect(await shown()).toEqual([of(a, 0), of(b, 0)]);
  });

  it('is what it told, package by package', async () => {
    const { tells, shown, a, b } = await begun();
    expect(granted(await tells(of(b, 10)))).toEqual([of(a, 0), of(b, 10)]);
    granted(await tells(of(a, 999, 2_000), of(b, 10)));
    expect(await shown()).toEqual([of(a, 999, 2_000), of(b, 10)]);
  });

  it('never goes back by a late message, but begins anew with 0 while the download runs', async () => {
    const { tells, shown, a, b } = await begun();
    granted(await tells(of(a, 500), of(b, 500)));
    granted(await tells(of(a, 499), of(b, 0)));
    expect(await shown()).toEqual([of(a, 500), of(b, 0)]);
    granted(await tells(of(b, 1)));
    expect(await shown()).toEqual([of(a, 500), of(b, 1)]);
  });

  it('is all of it once the download is done, whatever was told and is told late', async () => {
    const { campaign, device, tells, shown, a, b } = await begun();
    granted(await tells(of(a, 500), of(b, 1_500, 2_000)));
    await says(campaign, device, 'download');
    const all = [of(a, SIZE), of(b, 2_000, 2_000)];
    expect(await shown()).toEqual(all);
    expect(granted(await tells(of(a, 0), of(b, 1_900, 2_000)))).toEqual(all);
    expect(await shown()).toEqual(all);
    await says(campaign, device, 'activation');
    expect(await shown()).toEqual(all);
  });

  it('is what it told where the download failed, and nothing where it begins again', async () => {
    const { campaign, device, tells, shown, a, b } = await begun({
      retry: { attempts: 1, backOff: 0, classes: {}, coolDown: 0 },
    });
    granted(await tells(of(a, 500)));
    granted(await fleet.says(campaign, device, { type: 'failure', reason: 'download-failed', message: '' }));
    expect(await shown()).toEqual([of(a, 500), of(b, 0)]);
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, [device.id]));
    expect(await shown()).toEqual([of(a, 0), of(b, 0)]);
  });

  it('stays what it told while the device resets', async () => {
    const archive = { form: 'iotcp', headless: true, phases: ['reset'] } as const;
    const { campaign, device, tells, shown, a, b } = await begun(
      { retry: { attempts: 1, backOff: 0, classes: {}, coolDown: 0 } },
      archive,
    );
    granted(await tells(of(a, 500)));
    granted(await fleet.says(campaign, device, { type: 'failure', reason: 'download-failed', message: '' }));
    expect((await fleet.updateOf(campaign, device)).position).toBe('resetting');
    expect(granted(await tells(of(a, 0)))).toEqual([of(a, 500), of(b, 0)]);
    expect(await shown()).toEqual([of(a, 500), of(b, 0)]);
  });

  it.each([
    ['a package that it does not get', [of('other', 1)]],
    ['a package twice', [of('a', 1), of('a', 2)]],
    ['more than there is', [of('a', SIZE + 1)]],
    ['less than nothing', [of('a', -1)]],
    ['half a byte', [of('a', 0.5)]],
    ['what is no number', [of('a', Number.NaN)]],
    ['a total that is none', [of('a', 0, Number.POSITIVE_INFINITY)]],
  ])('cannot be %s', async (_, told) => {
    const { tells, shown, a, b } = await begun();
    const named = told.map(({ id, ...rest }) => ({ id: id === 'a' ? a : id, ...rest }));
    expect(await tells(of(b, 1), ...named)).toMatchObject({
      ok: false,
      refusal: { code: 'invalid', field: 'packages' },
    });
    expect(await shown()).toEqual([of(a, 0), of(b, 0)]);
  });
});

describe('progress', () => {
  it('is refused before the device was told to begin, and after its update is over', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    const at = { campaign: campaign.id, device: device.id };
    const speaker = fleet.speakerFor(device);
    const tries = () =>
      Promise.all([
        setTransfers(fleet.deps, speaker, at, []),
        addLines(fleet.deps, speaker, at, ['x'], 'execution'),
      ]);
    for (const refused of await tries()) {
      expect(refused).toMatchObject({ refusal: { code: 'update/wrong-step', position: 'pending' } });
    }
    await fleet.contact(device);
    granted(
      await fleet.says(campaign, device, {
        type: 'failure',
        reason: 'no-space',
        message: '',
        undoes: false,
      }),
    );
    for (const refused of await tries()) {
      expect(refused).toMatchObject({ refusal: { code: 'update/closed', outcome: 'failed' } });
    }
  });

  it('is still taken from a device that an operator closed while it was at it', async () => {
    const { at, tells, prints, shown, a, b } = await begun();
    granted(await closeDevice(fleet.deps, fleet.operator, at, ''));
    granted(await tells(of(a, 400)));
    granted(await prints(['late']));
    expect(await shown()).toEqual([of(a, 400), of(b, 0)]);
    const { entries } = granted(await getUpdateLog(fleet.deps, fleet.operator, at));
    expect(entries.flatMap(({ lines }) => lines)).toEqual(['late']);
  });

  it('counts as hearing from the device', async () => {
    const silentAfter = { timeouts: { download: HOUR, execution: HOUR, activation: HOUR } };
    const { tells, prints, a } = await begun(silentAfter);
    for (const speaks of [() => tells(of(a, 1)), () => tells(of(a, 1)), () => prints(['still here'])]) {
      fleet.pass(HOUR);
      granted(await speaks());
      fleet.pass(1);
      expect(await giveUpSilent(fleet.deps)).toBe(0);
    }
    fleet.pass(HOUR);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
  });

  it('is told as events only where somebody follows it', async () => {
    const other = await begun();
    const { campaign, device, tells, prints, a, b } = await begun();
    await follow(campaign, 'state-change');
    await follow(other.campaign, 'download-progress');
    granted(await tells(of(a, 1)));
    granted(await prints(['one']));
    expect(await progressed()).toEqual([]);
    await follow(campaign, 'execution-progress');
    granted(await tells(of(a, 2)));
    granted(await prints(['two', 'three']));
    const about = { campaign: campaign.key, device: device.key, actor: { kind: 'device', id: device.id } };
    const type = 'update-progressed';
    expect(await progressed()).toMatchObject([
      { ...about, body: { type, phase: 'download', packages: [of(a, 2), of(b, 0)], lines: [] } },
      { ...about, body: { type, phase: 'execution', packages: [], lines: ['two', 'three'] } },
    ]);
  });

  it('is told to those who follow the whole account, and not again where nothing is new', async () => {
    const { tells, prints, a } = await begun();
    await follow(null, 'progress');
    granted(await tells(of(a, 0)));
    granted(await tells(of(a, 0)));
    granted(await prints([]));
    expect(await progressed()).toHaveLength(1);
    granted(await tells(of(a, 1)));
    expect(await progressed()).toHaveLength(2);
  });
});

describe('what a device prints', () => {
  it('is kept in its log, oldest first, in entries of as many lines as one may have', async () => {
    const { at, prints } = await begun();
    const lines = Array.from({ length: logLimits.lines + 1 }, (_, n) => `line ${n}`);
    granted(await prints(lines));
    granted(await prints(['x'.repeat(logLimits.line + 1)]));
    const { entries } = granted(await getUpdateLog(fleet.deps, fleet.operator, at));
    expect(entries.map(({ word, lines }) => [word, lines.length])).toEqual([
      ['execution', logLimits.lines],
      ['execution', 1],
      ['execution', 1],
    ]);
    expect(entries.flatMap((entry) => entry.lines)).toEqual([...lines, 'x'.repeat(logLimits.line)]);
  });
});
