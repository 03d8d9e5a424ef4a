import { describe, expect, it } from 'vitest';
import {
  type LogEntry,
  logLimits,
  type StoredCampaign,
  type StoredDevice,
  type UpdateLog,
} from '../../../src/app/records.ts';
import type { Write } from '../../../src/app/writes.ts';
import { NOON, nastyTexts, sampleDevice, sampleEntry, sampleEvent } from '../../support/samples.ts';
import { bulk, closing, populated } from './bulk.ts';
import { accepted, ids, must, type OpenStore, recount, useStore, type World } from './world.ts';

const late = { ok: false, why: 'changed-meanwhile' } as const;

const says = (campaign: StoredCampaign, device: StoredDevice, given: Partial<LogEntry> = {}): Write => ({
  ...{ append: 'log', campaign: campaign.key, device: device.key, entry: sampleEntry(given) },
});

const logOf = ({ store, account }: World, campaign: StoredCampaign, device: StoredDevice) =>
  store.updates.log(account, campaign.key, device.key);

const words = ({ entries }: UpdateLog): readonly string[] => entries.map(({ word }) => word);
const numbers = ({ entries }: UpdateLog): readonly number[] => entries.map(({ n }) => n);
const NOTHING = { total: 0, entries: [] };

export const logsContract = (open: OpenStore): void => {
  describe('logs', () => {
    const store = useStore(open);

    const joined = async (size: number) => {
      const made = await populated(store(), size);
      await made.world.join(made.campaign, made.devices);
      return { ...made, device: must(made.devices[0]) };
    };

    it('are empty at first, and keep what was said as it was said', async () => {
      const { world, campaign, device } = await joined(1);
      expect(await logOf(world, campaign, device)).toEqual(NOTHING);
      const entries = [
        sampleEntry(),
        sampleEntry({ result: 'failure', code: -2_147_483_649, progress: null, lines: nastyTexts }),
        sampleEntry({ lines: Array.from({ length: logLimits.lines }, () => '漢'.repeat(logLimits.line)) }),
        sampleEntry({ result: 'success', code: 0, progress: { done: 0.5, of: 1 }, lines: [], word: '' }),
      ];
      for (const entry of entries) await world.write({ ...says(campaign, device), entry } as Write);
      const expected = entries.map((entry, index) => ({ ...entry, n: index + 1 }));
      expect(await logOf(world, campaign, device)).toEqual({ total: 4, entries: expected });
    });

    it('count as hearing from the device, and leave the version alone', async () => {
      const { world, campaign, device } = await joined(1);
      const was = await world.updateOf(campaign, device);
      expect(was.heardAt).toBe(NOON);
      for (const at of [NOON + 50, NOON + 40]) await world.write(says(campaign, device, { at }));
      expect(await world.updateOf(campaign, device)).toEqual({ ...was, heardAt: NOON + 50 });
      await world.write({
        save: 'update',
        was,
        value: { ...was, position: 'inventoried', since: NOON + 45 },
      });
      const moved = await world.updateOf(campaign, device);
      expect(moved).toMatchObject({ heardAt: NOON + 50, since: NOON + 45, version: 2 });
      await world.write({ save: 'update', was: moved, value: { ...moved, since: NOON + 60 } });
      const again = await world.updateOf(campaign, device);
      expect(again).toMatchObject({ heardAt: NOON + 60 });
      await world.write({ save: 'update', was: again, value: { ...again, packages: ['p'] } });
      expect(await world.updateOf(campaign, device)).toMatchObject({ heardAt: NOON + 60, packages: ['p'] });
    });

    it('grow with a step of the update or not at all', async () => {
      const { world, campaign, device } = await joined(1);
      const was = await world.updateOf(campaign, device);
      const save: Write = {
        save: 'update',
        was,
        value: { ...was, position: 'inventoried', since: NOON + 3 },
      };
      const body = { type: 'update-moved', to: 'inventoried' } as const;
      const step = [save, says(campaign, device, { at: NOON + 8 })];
      accepted(await world.attempt(step, [sampleEvent(body)]));
      expect(await world.updateOf(campaign, device)).toMatchObject({ since: NOON + 3, heardAt: NOON + 8 });
      const before = await world.events();
      expect(await world.attempt(step, [sampleEvent(body)])).toEqual(late);
      expect(await world.attempt([...step].reverse(), [sampleEvent(body)])).toEqual(late);
      expect(
        await world.attempt([says(campaign, device), { save: 'device', was: device, value: device }, save]),
      ).toEqual(late);
      expect(await logOf(world, campaign, device)).toMatchObject({ total: 1, entries: [{ n: 1 }] });
      expect(await world.events()).toEqual(before);
    });

    it('grow with a step of another update, each in its place', async () => {
      const { world, campaign, devices, device } = await joined(2);
      const was = await world.updateOf(campaign, device);
      const other = must(devices[1]);
      const value = { ...was, position: 'inventoried', since: NOON + 3 } as const;
      await world.write({ save: 'update', was, value }, says(campaign, other), says(campaign, device));
      await world.write(
        { save: 'update', was: await world.updateOf(campaign, device), value },
        says(campaign, other),
      );
      expect(await logOf(world, campaign, device)).toMatchObject({ total: 1, entries: [{ n: 1 }] });
      expect(await logOf(world, campaign, other)).toMatchObject({ total: 2, entries: [{ n: 1 }, { n: 2 }] });
      expect(await world.updateOf(campaign, other)).toMatchObject({ version: 1, heardAt: NOON + 7 });
    });

    it('grow when the update is closed too, but not without an update', async () => {
      const { world, campaign, device } = await joined(1);
      const stranger = await world.addDevice();
      const before = await world.events();
      expect(await world.attempt([says(campaign, stranger)], [sampleEvent()])).toEqual(late);
      expect(await world.attempt([says(campaign, device), says(campaign, stranger)])).toEqual(late);
      expect(await world.events()).toEqual(before);
      expect(await logOf(world, campaign, stranger)).toEqual(NOTHING);
      expect(await logOf(world, campaign, device)).toEqual(NOTHING);
      const deviceIds = [device.id];
      await store().updates.close({ ...bulk(world, campaign), ...closing, recall: [], by: 'ids', deviceIds });
      await world.write(says(campaign, device));
      expect(await logOf(world, campaign, device)).toMatchObject({ total: 1 });
    });

    it('keep the first and the latest of a journey, and count all', async () => {
      const { world, campaign, devices, device } = await joined(2);
      const { first, last } = logLimits;
      const all = Array.from({ length: first + last + 37 }, (_, n) =>
        says(campaign, device, { word: `${n + 1}` }),
      );
      const [alone, ...rest] = all;
      await world.write(must(alone));
      for (let start = 0; start < rest.length; start += 90) {
        await Promise.all(rest.slice(start, start + 90).map((write) => world.write(write)));
        await world.write(says(campaign, must(devices[1])));
      }
      const log = await logOf(world, campaign, device);
      const kept = all.map((_, index) => index + 1).filter((n) => n <= first || n > all.length - last);
      expect(log.total).toBe(all.length);
      expect(numbers(log)).toEqual(kept);
      expect(words(log)).toEqual(kept.map((n) => `${n}`));
      await world.write(says(campaign, device, { word: 'last' }));
      expect(numbers(await logOf(world, campaign, device))).toEqual([
        ...kept.filter((n) => n !== all.length - last + 1),
        all.length + 1,
      ]);
      expect(await logOf(world, campaign, must(devices[1]))).toMatchObject({ total: 4 });
    });

    it('lose what one group has too much of', async () => {
      const { world, campaign, device } = await joined(1);
      const { first, last } = logLimits;
      const count = first + 2 * last;
      const writes = Array.from({ length: count }, () => says(campaign, device));
      for (const answer of await Promise.all(writes.map((write) => world.attempt([write])))) accepted(answer);
      const log = await logOf(world, campaign, device);
      expect(log.total).toBe(count);
      expect(log.entries).toHaveLength(first + last);
      expect(log.entries.at(-1)?.n).toBe(count);
    });

    it('of many devices grow in one group, in the order in which it arrived', async () => {
      const { world, campaign, devices } = await joined(40);
      const base = (await world.events()).length;
      const event = sampleEvent({ type: 'update-moved', to: 'inventoried' });
      const stories = await Promise.all(
        devices.map(async (device) => {
          const was = await world.updateOf(campaign, device);
          const value = { ...was, position: 'inventoried', since: NOON + 1 } as const;
          const save: Write = { save: 'update', was, value };
          const [one, two, three] = ['one', 'two', 'three'].map((word) => says(campaign, device, { word }));
          return { device, tries: [[must(one)], [must(two), save], [save, must(one)], [must(three)]] };
        }),
      );
      const answers = await Promise.all(
        stories.map(({ tries }) => Promise.all(tries.map((writes) => world.attempt(writes, [event])))),
      );
      for (const each of answers) expect(each).toEqual([{ ok: true }, { ok: true }, late, { ok: true }]);
      for (const { device } of stories) {
        const log = await logOf(world, campaign, device);
        expect(words(log)).toEqual(['one', 'two', 'three']);
        expect(numbers(log)).toEqual([1, 2, 3]);
        const update = await world.updateOf(campaign, device);
        expect(update).toMatchObject({ position: 'inventoried', version: 2, heardAt: NOON + 7 });
      }
      expect((await world.events()).slice(base)).toHaveLength(3 * devices.length);
      expect(await world.counts(campaign)).toEqual(recount(await world.updatesOf(campaign)));
    });

    it('begin again with the update, which counts its generations', async () => {
      const { world, campaign, devices, device } = await joined(2);
      for (const each of devices) await world.write(says(campaign, each, { at: NOON + 500 }));
      const other = await world.addCampaign();
      await world.join(other, devices);
      await world.write(says(other, device));
      const request = { ...bulk(world, campaign), ...closing, recall: [], by: 'ids' } as const;
      for (const generation of [2, 3]) {
        await store().updates.close({ ...request, deviceIds: [device.id] });
        await world.join(campaign, devices, true);
        const update = await world.updateOf(campaign, device);
        expect(update).toMatchObject({ generation, heardAt: NOON, status: 'open', recall: null });
        expect(await logOf(world, campaign, device)).toEqual(NOTHING);
        await world.write(says(campaign, device));
        expect(await logOf(world, campaign, device)).toMatchObject({ total: 1, entries: [{ n: 1 }] });
      }
      expect(await world.updateOf(campaign, must(devices[1]))).toMatchObject({ generation: 1 });
      expect(await logOf(world, campaign, must(devices[1]))).toMatchObject({ total: 1 });
      expect(await logOf(world, other, device)).toMatchObject({ total: 1 });
    });

    it('go with the campaign, and with the device', async () => {
      const { world, campaign, devices, device } = await joined(2);
      const other = await world.addCampaign();
      await world.join(other, devices);
      for (const each of devices) await world.write(says(campaign, each), says(other, each));
      await world.write({ drop: 'campaign', was: campaign });
      expect(await logOf(world, campaign, device)).toEqual(NOTHING);
      expect(await logOf(world, other, device)).toMatchObject({ total: 1 });
      await world.write({ drop: 'device', was: device });
      expect(await logOf(world, other, device)).toEqual(NOTHING);
      expect(await logOf(world, other, must(devices[1]))).toMatchObject({ total: 1 });
      await world.write({ save: 'device', value: sampleDevice({ id: device.id }) });
      const reborn = must(await store().devices.find(world.account, device.id));
      await world.join(other, [reborn]);
      expect(await logOf(world, other, reborn)).toEqual(NOTHING);
    });

    it('are of one account', async () => {
      const [mine, theirs] = [await joined(1), await joined(1)];
      expect([mine.device.key, mine.campaign.key]).toEqual([theirs.device.key, theirs.campaign.key]);
      await mine.world.write(says(mine.campaign, mine.device));
      expect(await logOf(theirs.world, theirs.campaign, theirs.device)).toEqual(NOTHING);
      expect(await theirs.world.updateOf(theirs.campaign, theirs.device)).toMatchObject({ heardAt: NOON });
      await theirs.world.write({ drop: 'campaign', was: theirs.campaign });
      expect(await logOf(mine.world, mine.campaign, mine.device)).toMatchObject({ total: 1 });
      expect(ids(mine.devices)).toHaveLength(1);
    });
  });
};
