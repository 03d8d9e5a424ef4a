import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../src/app/event-records.ts';
import { NOON, sampleCampaign, sampleEvent } from '../../support/samples.ts';
import { accepted, drainOutbox, must, newWorld, type OpenStore, subscribeTo, useStore } from './world.ts';

export const historyContract = (open: OpenStore): void => {
  describe('the history', () => {
    const store = useStore(open);
    const numbers = (events: readonly StoredEvent[]) => events.map(({ seq }) => seq);

    it('tells over which wire somebody called or reported, and nothing else of where', async () => {
      const { attempt, events } = await newWorld(store());
      const origin = { wire: 'thingspace', address: '::1', agent: '', request: 'r', token: null } as const;
      accepted(
        await attempt(
          [],
          [
            sampleEvent(undefined, { actor: { kind: 'user', id: 'user-eve', origin } }),
            sampleEvent(undefined, { actor: { kind: 'device', id: 'truck-7', wire: 'gateway' } }),
            sampleEvent(undefined, { actor: { kind: 'server' } }),
          ],
        ),
      );
      const told = (await events()).slice(1).map(({ actor, wire }) => ({ actor, wire }));
      expect(told).toEqual([
        { actor: { kind: 'user', id: 'user-eve' }, wire: 'thingspace' },
        { actor: { kind: 'device', id: 'truck-7' }, wire: 'gateway' },
        { actor: { kind: 'server' }, wire: undefined },
      ]);
    });

    it('gives what happened to some devices in a campaign by device, in order', async () => {
      const { account, attempt, addCampaign, addDevices } = await newWorld(store());
      const [campaign, other] = [(await addCampaign()).key, (await addCampaign()).key];
      const [d1, d2, d3] = (await addDevices(3)).map(({ key }) => key);
      const at = (where: Partial<StoredEvent>) => sampleEvent(undefined, where);
      accepted(
        await attempt(
          [],
          [
            at({ campaign, device: must(d2) }),
            at({ campaign, device: must(d1) }),
            at({ campaign: other, device: must(d1) }),
            at({ campaign, device: must(d3) }),
            at({ campaign, device: must(d1) }),
            at({ campaign }),
          ],
        ),
      );
      const found = await store().events.ofDevices(account, campaign, [must(d1), must(d2)]);
      const first = must(found.find(({ device }) => device === d2)).seq;
      expect(numbers(found)).toEqual([first + 1, first + 4, first]);
      expect(await store().events.ofDevices(account, campaign, [])).toEqual([]);
    });

    const expired = async (
      account: Parameters<ReturnType<typeof store>['events']['expire']>[0],
      before: number,
    ) => {
      let [after, deleted]: [number | null, number] = [0, 0];
      while (after !== null) {
        const done = await store().events.expire(account, before, { after, limit: 2 });
        deleted += done.deleted;
        after = done.next;
      }
      return deleted;
    };

    it('forgets what is old in pieces, and goes on to number', async () => {
      const { account, attempt, events } = await newWorld(store());
      accepted(
        await attempt(
          [],
          [0, 1, 2, 3, 4].map((n) => sampleEvent(undefined, { at: NOON + n })),
        ),
      );
      await drainOutbox(store());
      expect(await expired(account, NOON + 3)).toBe(4);
      expect(numbers(await events())).toEqual([5, 6]);
      expect(await expired(account, NOON + 100)).toBe(2);
      accepted(await attempt([], [sampleEvent()]));
      expect(numbers(await events())).toEqual([7]);
    });

    it('never forgets what is not yet handed on', async () => {
      const world = await newWorld(store());
      const { account, attempt, events } = world;
      await subscribeTo(world);
      accepted(await attempt([], [sampleEvent(undefined, { at: NOON })]));
      expect(await expired(account, NOON + 1_000)).toBe(1);
      expect(numbers(await events())).toEqual([2]);
    });

    it('never forgets what happened in a campaign that is not final', async () => {
      const { account, attempt, addCampaign, addDevice, events } = await newWorld(store());
      const { key: device } = await addDevice();
      const { key: going } = await addCampaign();
      const { key: over } = await addCampaign({
        ...sampleCampaign(),
        status: 'ended',
        startedAt: NOON,
        endedAt: NOON,
        because: 'complete',
      });
      const at = NOON;
      accepted(
        await attempt(
          [],
          [
            sampleEvent(undefined, { at, campaign: going }),
            sampleEvent(undefined, { at, campaign: over }),
            sampleEvent(undefined, { at, campaign: going, device }),
            sampleEvent(undefined, { at, campaign: over, device }),
            sampleEvent(undefined, { at, device }),
          ],
        ),
      );
      await drainOutbox(store());
      await expired(account, NOON + 1);
      const left = (await events()).map(({ campaign }) => campaign);
      expect(left).toEqual([going, going]);
    });
  });
};
