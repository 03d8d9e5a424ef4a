import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/app/writes.ts';
import { sampleDevice, sampleEntry, sampleEvent } from '../../support/samples.ts';
import { admission, admit, end, limited } from './admitting.ts';
import { populated } from './bulk.ts';
import { accepted, must, type OpenStore, useStore } from './world.ts';

const changed = { ok: false, why: 'changed-meanwhile' };
const KIEL = 'attributes.depot/Kiel';
const inProgress = (most: number, scope = '') => ({ scope, tally: 'in-progress', most }) as const;
const counted = (started: number, progress: number) => ({ started, 'in-progress': progress });

export const limitsContract = (open: OpenStore): void => {
  describe('a change with limits', () => {
    const store = useStore(open);

    it('holds at the limit, and beyond it leaves nothing', async () => {
      const { world, devices, campaign, account } = await populated(store(), 3);
      await world.join(campaign, devices);
      const [first, second, third] = [must(devices[0]), must(devices[1]), must(devices[2])];
      const let2 = limited(campaign, [inProgress(2)]);
      for (const device of [first, second]) {
        accepted(await store().commit({ ...(await admission(world, campaign, device, [''])), ...let2 }));
      }
      const before = [await world.updatesOf(campaign), await world.events(), await world.counts(campaign)];
      const third2 = await admission(world, campaign, third, ['']);
      expect(await store().commit({ ...third2, ...let2 })).toEqual(changed);
      expect([await world.updatesOf(campaign), await world.events(), await world.counts(campaign)]).toEqual(
        before,
      );
      const tallies = await store().campaigns.tallies(account, campaign.key, ['']);
      expect(tallies).toEqual(new Map([['', counted(2, 2)]]));
      accepted(await end(world, campaign, first, 'failed'));
      accepted(await store().commit({ ...third2, ...let2 }));
    });

    it('holds only within all of them, whatever else it writes', async () => {
      const { world, devices, campaign, account } = await populated(store(), 4);
      await world.join(campaign, devices);
      await admit(world, campaign, devices.slice(0, 1), ['', KIEL]);
      const given = await admission(world, campaign, must(devices[1]), ['', KIEL]);
      const tight = limited(campaign, [inProgress(9), inProgress(1, KIEL)]);
      const value = sampleDevice();
      const entry = {
        append: 'log',
        campaign: campaign.key,
        device: must(devices[1]).key,
        entry: sampleEntry(),
      } as const;
      const more: readonly Change['writes'][] = [[], [entry], [{ save: 'device', value }]];
      for (const writes of more) {
        const change = { ...given, writes: [...given.writes, ...writes] };
        expect(await store().commit({ ...change, ...tight })).toEqual(changed);
      }
      const idempotency = { key: 'k', digest: 'd', entity: 'update', id: 'u' } as const;
      expect(await store().commit({ ...given, ...tight, idempotency })).toEqual(changed);
      expect(await store().idempotency.find(account, 'k')).toBeUndefined();
      expect(await store().devices.find(account, value.id)).toBeUndefined();
      const { total } = await store().updates.log(account, campaign.key, entry.device);
      expect(total).toBe(0);
      const wide = limited(campaign, [inProgress(2), inProgress(2, KIEL)]);
      const writes = [...given.writes, { save: 'device', value } as const];
      accepted(await store().commit({ ...given, writes, ...wide }));
      expect(await store().campaigns.tallies(account, campaign.key, ['', KIEL])).toEqual(
        new Map([
          ['', counted(2, 2)],
          [KIEL, counted(2, 2)],
        ]),
      );
    });

    it('holds by what is there, also when it moves nothing itself', async () => {
      const { world, devices, campaign } = await populated(store(), 2);
      await world.join(campaign, devices);
      await admit(world, campaign, devices, ['']);
      const writes = [{ save: 'device', value: sampleDevice() }] as const;
      const change = { account: world.account, writes, events: [sampleEvent()] };
      expect(await store().commit({ ...change, ...limited(campaign, [inProgress(1)]) })).toEqual(changed);
      const started = { scope: 'wave/7', tally: 'started', most: 0 } as const;
      accepted(await store().commit({ ...change, ...limited(campaign, [inProgress(2), started]) }));
    });

    it('is never beyond it among fifty at once, and nobody else is in its way', async () => {
      const { world, devices, campaign, account } = await populated(store(), 60);
      await world.join(campaign, devices);
      const most = [
        inProgress(12),
        inProgress(5, KIEL),
        { scope: 'wave/0', tally: 'started', most: 10 } as const,
      ];
      const changes = await Promise.all(
        devices.slice(0, 50).map(async (device, index) => {
          const scopes = index % 2 === 0 ? ['', KIEL] : ['', 'wave/0'];
          const limits = limited(campaign, [must(most[0]), must(most[index % 2 === 0 ? 1 : 2])]);
          return { ...(await admission(world, campaign, device, scopes)), ...limits };
        }),
      );
      const bystanders = await Promise.all(
        devices.slice(50).map((device) => admission(world, campaign, device, [])),
      );
      const [answers, others] = await Promise.all([
        Promise.all(changes.map((change) => store().commit(change))),
        Promise.all(bystanders.map((change) => store().commit(change))),
      ]);
      for (const answer of others) accepted(answer);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(12);
      expect(
        answers.filter(({ ok }) => !ok).every((answer) => !answer.ok && answer.why === 'changed-meanwhile'),
      ).toBe(true);
      const tallies = await store().campaigns.tallies(account, campaign.key, ['', KIEL, 'wave/0']);
      expect(tallies.get('')).toEqual(counted(12, 12));
      expect(tallies.get(KIEL)?.started).toBeLessThanOrEqual(5);
      expect(tallies.get('wave/0')?.started).toBeLessThanOrEqual(10);
      const running = (await world.updatesOf(campaign)).filter(({ admission: given }) =>
        given?.scopes.includes(''),
      );
      expect(running).toHaveLength(12);
    });

    it('finds the places that others leave in the same moment', async () => {
      const { world, devices, campaign, account } = await populated(store(), 50);
      await world.join(campaign, devices);
      const let5 = limited(campaign, [inProgress(5)]);
      const waiting = new Set(devices);
      let seen = 0;
      while (waiting.size > 0) {
        await Promise.all(
          [...waiting].map(async (device) => {
            const { ok } = await store().commit({
              ...(await admission(world, campaign, device, [''])),
              ...let5,
            });
            if (!ok) return;
            waiting.delete(device);
            const now = (await store().campaigns.tallies(account, campaign.key, [''])).get('');
            seen = Math.max(seen, now?.['in-progress'] ?? 0);
            accepted(await end(world, campaign, device, 'succeeded'));
          }),
        );
      }
      expect(seen).toBe(5);
      const all = new Map([['', { started: 50, succeeded: 50 }]]);
      expect(await store().campaigns.tallies(account, campaign.key, [''])).toEqual(all);
    });
  });
};
