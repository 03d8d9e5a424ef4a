import { describe, expect, it } from 'vitest';
import { createLive, type Following } from '../src/app/live.ts';
import { followerLimits, type Line, type LiveMessage } from '../src/app/live-follower.ts';
import type { View } from '../src/app/live-view.ts';
import { openMemory } from '../src/store/memory.ts';
import { NOWHERE, newWorld } from './contract/store/world.ts';
import { sampleEvent } from './support/samples.ts';
import { fakeScheduler } from './support/scheduler.ts';

const everything: View = { campaign: null, device: null, types: null, campaigns: true, devices: true };

const start = async () => {
  const { later, elapsed, pass } = fakeScheduler();
  const store = openMemory();
  let reads = 0;
  const counting = {
    ...store,
    events: {
      ...store.events,
      since: (...which: Parameters<typeof store.events.since>) => {
        reads += 1;
        return store.events.since(...which);
      },
    },
  };
  const live = createLive({ store: counting, later, elapsed });
  const world = await newWorld(store);
  const campaign = await world.addCampaign();
  const device = await world.addDevice();

  /** One who follows, and what came over its line. */
  const follow = async (given: Partial<Following> = {}, line: Partial<Line> = {}) => {
    const sent: { readonly at: number; readonly message: LiveMessage }[] = [];
    const beats: number[] = [];
    const closed: ('ended' | 'dropped')[] = [];
    const following = { account: world.account, view: everything, after: undefined, check: async () => true };
    const leave = await live.follow(
      { ...following, ...given },
      {
        ready: () => true,
        send: (message) => void sent.push({ at: elapsed(), message }),
        beat: (resume) => void beats.push(resume),
        end: () => void closed.push('ended'),
        drop: () => void closed.push('dropped'),
        ...line,
      },
    );
    const events = () => sent.flatMap(({ message }) => (message.kind === 'events' ? message.events : []));
    return { sent, beats, closed, leave, events, kinds: () => sent.map(({ message }) => message.kind) };
  };
  const say = (count = 1) =>
    world.attempt(
      [],
      Array.from({ length: count }, () =>
        sampleEvent(
          { type: 'update-moved', to: 'inventoried' },
          { campaign: campaign.key, device: device.key },
        ),
      ),
    );
  const last = async () => {
    const page = { before: Number.MAX_SAFE_INTEGER, limit: 1 };
    const [event] = await store.events.list(world.account, NOWHERE, page);
    return event?.seq ?? 0;
  };
  return { live, world, campaign, device, follow, say, pass, last, reads: () => reads };
};

describe('a live stream', () => {
  it('tells of an event as soon as its commit is known, with what it is about and how far the campaign is', async () => {
    const { live, world, campaign, device, follow, say, pass, last } = await start();
    const one = await follow();
    await pass(500);
    await say();
    live.wake(world.account);
    await pass(1);
    expect(one.events()).toMatchObject([{ campaign: campaign.id, device: device.id }]);
    await pass(200);
    expect(one.sent.map(({ message }) => message)).toMatchObject([
      { kind: 'events', resume: (await last()) - 1 },
      { kind: 'progress', resume: await last(), progress: { campaign: { id: campaign.id } } },
    ]);
  });

  it('looks every second for what other processes wrote', async () => {
    const { follow, say, pass } = await start();
    const one = await follow();
    await pass(3_000);
    await say();
    await pass(1_000);
    expect(one.events().length).toBe(1);
  });

  it('gets no more than ten messages in any second, and misses nothing', async () => {
    const { live, world, follow, say, pass } = await start();
    const one = await follow();
    for (let times = 0; times < 100; times += 1) {
      await say(10);
      live.wake(world.account);
      await pass(20);
    }
    await pass(1_000);
    for (const { at: from } of one.sent) {
      expect(one.sent.filter(({ at }) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
    }
    expect(one.events().length).toBe(1_000);
    expect(
      one.events().every(({ seq }, index, all) => index === 0 || seq === (all[index - 1]?.seq ?? 0) + 1),
    ).toBe(true);
  });

  it('is read once for all who follow the same account', async () => {
    const { live, world, follow, say, pass, reads } = await start();
    await follow();
    const others = await Promise.all(Array.from({ length: 50 }, () => follow()));
    await pass(200);
    const before = reads();
    await say();
    live.wake(world.account);
    await pass(100);
    expect(reads() - before).toBe(1);
    expect(others.every(({ events }) => events().length === 1)).toBe(true);
  });

  it('goes on where it was, without a gap to what happens meanwhile', async () => {
    const { live, world, follow, say, pass, last } = await start();
    const already = await follow();
    const after = await last();
    await say(1_700);
    const one = await follow({ after });
    await pass(150);
    await say(5);
    live.wake(world.account);
    await pass(3_000);
    const told = one.events().map(({ seq }) => seq);
    expect(told).toEqual(Array.from({ length: 1_705 }, (_, index) => after + 1 + index));
    expect(one.kinds()).not.toContain('reset');
    expect(already.events().length).toBe(1_705);
  });

  it.each([
    ['lies too far back', (last: number) => last - followerLimits.replay - 1],
    ['is none of this account', (last: number) => last + 1],
  ])('is told to read anew when the id %s', async (_, from) => {
    const { world, live, follow, say, pass, last } = await start();
    await say(followerLimits.replay + 5);
    const one = await follow({ after: from(await last()) });
    await pass(500);
    expect(one.sent.map(({ message }) => message)).toEqual([{ kind: 'reset', resume: await last() }]);
    await say();
    live.wake(world.account);
    await pass(500);
    expect(one.events().length).toBe(1);
  });

  it('of a campaign begins with how far it is, and tells of no other', async () => {
    const { live, world, campaign, follow, say, pass } = await start();
    const other = await world.addCampaign();
    const one = await follow({ view: { ...everything, campaign: campaign.key } });
    const none = await follow({ view: { ...everything, campaign: other.key } });
    await pass(200);
    expect(one.kinds()).toEqual(['progress']);
    await say();
    live.wake(world.account);
    await pass(300);
    expect(one.kinds()).toEqual(['progress', 'events', 'progress']);
    expect(none.kinds()).toEqual(['progress']);
  });

  it('says now and then that it is there, and from where to go on although nothing was for it', async () => {
    const { live, world, follow, say, pass, last } = await start();
    const one = await follow({ view: { ...everything, campaigns: false, devices: false } });
    const from = await last();
    await say(3);
    live.wake(world.account);
    await pass(followerLimits.beat + 1_500);
    expect(one.beats).toEqual([from, from + 3]);
    expect(one.sent).toEqual([]);
  });

  it('is dropped when nobody reads it, and can go on afterwards', async () => {
    const { live, world, follow, say, pass, last } = await start();
    const after = await last();
    const one = await follow({}, { ready: () => false });
    await say(3);
    live.wake(world.account);
    await pass(followerLimits.patience - 1_000);
    expect(one.closed).toEqual([]);
    await pass(3_000);
    expect([one.closed, one.sent]).toEqual([['dropped'], []]);
    const again = await follow({ after });
    await pass(500);
    expect(again.events().length).toBe(3);
  });

  it('ends within a minute when it may not be followed any more, and not because nobody can tell', async () => {
    const { follow, pass } = await start();
    let allowed = true;
    const one = await follow({ check: async () => allowed });
    const doubtful = await follow({ check: () => Promise.reject(new Error('the store is away')) });
    await pass(90_000);
    expect(one.closed).toEqual([]);
    allowed = false;
    await pass(60_000);
    expect(one.closed).toEqual(['ended']);
    expect(doubtful.closed).toEqual([]);
  });

  it('is counted while it is open, and ends when the server stops', async () => {
    const { live, follow } = await start();
    const one = await follow();
    const two = await follow();
    expect(live.open()).toBe(2);
    two.leave();
    two.leave();
    expect(live.open()).toBe(1);
    live.stop();
    expect(one.closed).toEqual(['ended']);
    expect((await follow()).closed).toEqual(['ended']);
  });
});
